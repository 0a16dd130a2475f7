/* The accounts and the routes of a sorter, by their names. */
#include "sorter.h"

#include <string.h>

#define PLACES_MIN 256

static Text owned(Text text) {
    char *bytes = take_memory(text.length, 1);
    if (text.length) memcpy(bytes, text.bytes, text.length);
    return (Text){bytes, text.length};
}

static bool is_same(Text one, Text other) {
    return one.length == other.length && !memcmp(one.bytes, other.bytes, one.length);
}

/* CRC-32 as zlib's, bit by bit: once an account. It decides the partition, in every process alike. */
static uint32_t crc32_of(Text text) {
    uint32_t crc = ~(uint32_t)0;
    for (uint32_t each = 0; each < text.length; each++) {
        crc ^= (uint8_t)text.bytes[each];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static uint32_t account_place(const Sorter *sorter, uint64_t hash, Text id) {
    uint32_t mask = sorter->account_places_length - 1, place = (uint32_t)hash & mask;
    while (sorter->account_places[place]) {
        const SortedAccount *account = &sorter->accounts[sorter->account_places[place] - 1];
        if (account->hash == hash && is_same(account->id, id)) break;
        place = (place + 1) & mask;
    }
    return place;
}

static void grow_accounts(Sorter *sorter) {
    if (2 * (sorter->accounts_length + 1) <= sorter->account_places_length) return;
    give_memory(sorter->account_places);
    sorter->account_places_length = sorter->account_places_length ? 2 * sorter->account_places_length : PLACES_MIN;
    sorter->account_places = take_memory(sorter->account_places_length, sizeof *sorter->account_places);
    for (uint32_t each = 0; each < sorter->accounts_length; each++) {
        const SortedAccount *account = &sorter->accounts[each];
        sorter->account_places[account_place(sorter, account->hash, account->id)] = each + 1;
    }
}

bool knows_account(const Sorter *sorter, Text id) {
    return sorter->accounts_length && sorter->account_places[account_place(sorter, siphash(sorter->key, id), id)];
}

const SortedAccount *sorted_account(Sorter *sorter, Text id) {
    grow_accounts(sorter);
    uint64_t hash = siphash(sorter->key, id);
    uint32_t place = account_place(sorter, hash, id);
    if (!sorter->account_places[place]) {
        MAKE_ROOM(sorter->accounts, sorter->accounts_length, sorter->accounts_room, 64);
        uint32_t partition = crc32_of(id) % sorter->partitions;
        sorter->accounts[sorter->accounts_length++] =
            (SortedAccount){owned(id), hash, partition, sorter->next_numbers[partition]++};
        sorter->account_places[place] = sorter->accounts_length;
    }
    return &sorter->accounts[sorter->account_places[place] - 1];
}

static uint32_t route_place(const Sorter *sorter, uint64_t hash, uint32_t topic, Text name) {
    uint32_t mask = sorter->route_places_length - 1, place = (uint32_t)(hash + topic) & mask;
    while (sorter->route_places[place]) {
        const SortedRoute *route = &sorter->routes[sorter->route_places[place] - 1];
        if (route->hash == hash && route->topic == topic && is_same(route->name, name)) break;
        place = (place + 1) & mask;
    }
    return place;
}

SortedRoute *sorted_route(Sorter *sorter, uint32_t topic, Text name) {
    if (!sorter->routes_length) return NULL;
    uint32_t found = sorter->route_places[route_place(sorter, siphash(sorter->key, name), topic, name)];
    return found ? &sorter->routes[found - 1] : NULL;
}

static void grow_routes(Sorter *sorter) {
    if (2 * (sorter->routes_length + 1) <= sorter->route_places_length) return;
    give_memory(sorter->route_places);
    sorter->route_places_length = sorter->route_places_length ? 2 * sorter->route_places_length : PLACES_MIN;
    sorter->route_places = take_memory(sorter->route_places_length, sizeof *sorter->route_places);
    for (uint32_t each = 0; each < sorter->routes_length; each++) {
        const SortedRoute *route = &sorter->routes[each];
        sorter->route_places[route_place(sorter, route->hash, route->topic, route->name)] = each + 1;
    }
}

void put_route_of(Sorter *sorter, const SortedRoute *given) {
    SortedRoute *held = sorted_route(sorter, given->topic, given->name);
    if (held) {
        held->bare_until = given->bare_until;
        held->others_until = given->others_until;
        return;
    }
    grow_routes(sorter);
    MAKE_ROOM(sorter->routes, sorter->routes_length, sorter->routes_room, 64);
    SortedRoute *route = &sorter->routes[sorter->routes_length++];
    *route = *given;
    route->name = owned(given->name);
    route->hash = siphash(sorter->key, route->name);
    sorter->route_places[route_place(sorter, route->hash, route->topic, route->name)] = sorter->routes_length;
}
