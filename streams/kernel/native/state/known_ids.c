/* The ids that an account knows: a list while they are few, then a hash table with open places. The prints are keyed, so
 * nobody can choose ids that collide. */
#include "ids.h"

#include <string.h>

#define FEW 16 /* ids in a list */
#define TABLE_FIRST 64

static bool is_table(const EventIds *ids) { return ids->known_room > FEW; }

/* The place of an id in the table, or the free place where it belongs. */
static uint32_t place_of_print(const EventIds *ids, uint64_t print) {
    uint32_t mask = ids->known_room - 1;
    uint32_t place = (uint32_t)print & mask;
    while (ids->known[place] && ids->known[place] != print) place = (place + 1) & mask;
    return place;
}

bool is_known(const EventIds *ids, uint64_t print) {
    if (is_table(ids)) return print ? ids->known[place_of_print(ids, print)] != 0 : ids->knows_zero;
    for (uint32_t place = 0; place < ids->known_length; place++)
        if (ids->known[place] == print) return true;
    return false;
}

static void put_in_table(EventIds *ids, uint64_t print) {
    if (print)
        ids->known[place_of_print(ids, print)] = print;
    else
        ids->knows_zero = true;
}

/* Makes a table of `room` places of the list, or of another table. */
static void make_table(EventIds *ids, uint32_t room) {
    uint64_t *before = ids->known;
    uint32_t places = is_table(ids) ? ids->known_room : ids->known_length;
    bool is_list = !is_table(ids);
    ids->known = take_memory(room, sizeof(uint64_t));
    ids->known_room = room;
    for (uint32_t place = 0; place < places; place++)
        if (before[place] || is_list) put_in_table(ids, before[place]);
    give_memory(before);
}

void learn(EventIds *ids, uint64_t print) {
    if (!is_table(ids) && ids->known_length == FEW)
        make_table(ids, TABLE_FIRST);
    else if (is_table(ids) && ids->known_length >= ids->known_room - ids->known_room / 4)
        make_table(ids, 2 * ids->known_room);
    if (is_table(ids)) {
        put_in_table(ids, print);
    } else {
        MAKE_ROOM(ids->known, ids->known_length, ids->known_room, 2); /* 2, 4, 8, 16 */
        ids->known[ids->known_length] = print;
    }
    ids->known_length++;
}

static void unlearn_in_table(EventIds *ids, uint64_t print) {
    uint32_t place = place_of_print(ids, print), mask = ids->known_room - 1;
    if (!ids->known[place]) return;
    ids->known_length--;
    for (uint32_t next = (place + 1) & mask; ids->known[next]; next = (next + 1) & mask) {
        uint32_t own = (uint32_t)ids->known[next] & mask;
        if (((next - own) & mask) < ((next - place) & mask)) continue;
        ids->known[place] = ids->known[next];
        place = next;
    }
    ids->known[place] = 0;
}

void unlearn(EventIds *ids, uint64_t print) {
    if (is_table(ids)) {
        if (print) {
            unlearn_in_table(ids, print);
        } else if (ids->knows_zero) {
            ids->knows_zero = false;
            ids->known_length--;
        }
        return;
    }
    for (uint32_t place = 0; place < ids->known_length; place++)
        if (ids->known[place] == print) {
            ids->known[place] = ids->known[--ids->known_length];
            return;
        }
}

/* Makes the list of a table with few ids. */
static void make_list(EventIds *ids) {
    uint64_t list[FEW];
    uint32_t length = 0;
    for (uint32_t place = 0; place < ids->known_room; place++)
        if (ids->known[place]) list[length++] = ids->known[place];
    if (ids->knows_zero) list[length++] = 0;
    ids->knows_zero = false;
    ids->known_room = FEW; /* a power of 2, as the room of a list is, which grows to no more */
    ids->known = grow_memory(ids->known, FEW, sizeof(uint64_t));
    memcpy(ids->known, list, length * sizeof(uint64_t));
}

void tighten_known(EventIds *ids) {
    if (!ids->known_length) {
        give_memory(ids->known);
        ids->known = NULL;
        ids->known_room = 0;
        ids->knows_zero = false;
        return;
    }
    if (!is_table(ids) || ids->known_length > ids->known_room / 8) return;
    if (ids->known_length <= FEW) {
        make_list(ids);
        return;
    }
    uint32_t room = ids->known_room;
    while (room > TABLE_FIRST && ids->known_length <= room / 4) room /= 2;
    if (room < ids->known_room) make_table(ids, room);
}
