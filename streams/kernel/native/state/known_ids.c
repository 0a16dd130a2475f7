/* The ids that an account knows: a hash table with open places. Nobody can choose ids that collide: the prints are spread
 * by a number that is unknown outside of the process. */
#include "ids.h"

#include "value_counts.h"

#define FIRST_ROOM 128

/* The place of an id in the table, or the free place where it belongs. */
static uint32_t place_of_print(const EventIds *ids, uint64_t print) {
    uint32_t mask = ids->known_room - 1;
    uint32_t place = spread(print, ids->known_room);
    while (ids->known[place] && ids->known[place] != print) place = (place + 1) & mask;
    return place;
}

bool is_known(const EventIds *ids, uint64_t print) {
    if (!ids->known) return false;
    return print ? ids->known[place_of_print(ids, print)] != 0 : ids->knows_zero;
}

static void make_table(EventIds *ids, uint32_t room) {
    uint64_t *before = ids->known;
    uint32_t places = ids->known_room;
    ids->known = take_memory(room, sizeof(uint64_t));
    ids->known_room = room;
    for (uint32_t place = 0; place < places; place++)
        if (before[place]) ids->known[place_of_print(ids, before[place])] = before[place];
    give_memory(before);
}

void expect_known(EventIds *ids, uint32_t length) {
    uint32_t room = FIRST_ROOM;
    while (length >= room - room / 4) room *= 2;
    make_table(ids, room);
}

void learn(EventIds *ids, uint64_t print) {
    if (is_known(ids, print)) return;
    if (ids->known_length >= ids->known_room - ids->known_room / 4)
        make_table(ids, ids->known_room ? 2 * ids->known_room : FIRST_ROOM);
    if (print)
        ids->known[place_of_print(ids, print)] = print;
    else
        ids->knows_zero = true;
    ids->known_length++;
}

void unlearn(EventIds *ids, uint64_t print) {
    if (!is_known(ids, print)) return;
    ids->known_length--;
    if (!print) {
        ids->knows_zero = false;
        return;
    }
    uint32_t place = place_of_print(ids, print), mask = ids->known_room - 1;
    for (uint32_t next = (place + 1) & mask; ids->known[next]; next = (next + 1) & mask) {
        uint32_t own = spread(ids->known[next], ids->known_room);
        if (((next - own) & mask) < ((next - place) & mask)) continue;
        ids->known[place] = ids->known[next];
        place = next;
    }
    ids->known[place] = 0;
}

void free_known(EventIds *ids) {
    give_memory(ids->known);
    ids->known = NULL;
    ids->known_length = ids->known_room = 0;
    ids->knows_zero = false;
}

void tighten_known(EventIds *ids) {
    uint32_t room = ids->known_room;
    while (room > FIRST_ROOM && ids->known_length <= room / 8) room /= 2;
    if (room < ids->known_room) make_table(ids, room);
}
