/* Cells of a series: pairs of bucket and content, ascending by both. The flat form of `scoring.state.tiles`.
 *
 * Most accounts have one leaf a series. With more, leaves are split when they are full, so that an event far out of order
 * moves at most one of them. */
#include "cells.h"

#include <string.h>

/* A leaf's room above `room`: half as much again, in numbers that fill malloc's blocks. */
static uint32_t room_above(uint32_t room) {
    uint32_t wanted = ((room + room / 2 + 1) & ~3U) + 2;
    return wanted < LEAF_MAX ? wanted : LEAF_MAX;
}

static void set_room(Leaf *leaf, uint32_t room) {
    leaf->cells = grow_memory(leaf->cells, room, sizeof(Cell));
    leaf->room = room;
}

/* Gives back memory of a leaf that has become much smaller. */
static void tighten(Leaf *leaf) {
    if (leaf->room > 16 && leaf->length < leaf->room / 4) set_room(leaf, leaf->length | 2);
}

static void free_leaf(Leaf *leaf) {
    give_memory(leaf->cells);
    *leaf = (Leaf){0};
}

static bool is_before(const Cell *cell, uint32_t bucket, uint64_t content) {
    return cell->bucket < bucket || (cell->bucket == bucket && content_of(cell) < content);
}

/* The first cell of a leaf at or after a bucket and content; the leaf's length when there is none. */
static uint32_t index_in(const Leaf *leaf, uint32_t bucket, uint64_t content) {
    uint32_t low = 0, length = leaf->length;
    while (length) { /* without branches: what comes is hard to foresee */
        uint32_t half = length / 2;
        bool is_low = is_before(&leaf->cells[low + half], bucket, content);
        low = is_low ? low + half + 1 : low;
        length = is_low ? length - half - 1 : half;
    }
    return low;
}

static bool ends_before(const Leaf *leaf, uint32_t bucket, uint64_t content) {
    return is_before(&leaf->cells[leaf->length - 1], bucket, content);
}

Place place_of(const Cells *cells, uint32_t bucket, uint64_t content) {
    uint32_t low = 0, high = leaves_length(cells);
    if (high && ends_before(leaf_at(cells, high - 1), bucket, content)) return (Place){high, 0};
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ends_before(leaf_at(cells, middle), bucket, content))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == leaves_length(cells)) return (Place){low, 0};
    return (Place){low, index_in(leaf_at(cells, low), bucket, content)};
}

Place place_past(const Cells *cells, int64_t bucket) {
    if (bucket < 0) return (Place){0, 0};
    if (bucket >= UINT32_MAX) return (Place){leaves_length(cells), 0};
    return place_of(cells, (uint32_t)bucket + 1, 0);
}

int64_t first_bucket_past(const Cells *cells, int64_t bucket) {
    Place place = place_past(cells, bucket);
    return is_cell(cells, place) ? cell_at(cells, place)->bucket : FAR;
}

/* Makes an empty leaf at a place among the leaves. */
static Leaf *add_leaf(Cells *cells, uint32_t number) {
    if (!cells->leaves) {
        cells->leaves = take_memory(2, sizeof(Leaf));
        cells->room = 2;
        cells->length = 1;
        cells->leaves[0] = cells->only;
        cells->only = (Leaf){0};
    }
    MAKE_ROOM(cells->leaves, cells->length, cells->room, 2);
    memmove(&cells->leaves[number + 1], &cells->leaves[number], (cells->length - number) * sizeof(Leaf));
    cells->length++;
    cells->leaves[number] = (Leaf){0};
    return &cells->leaves[number];
}

/* Moves the second half of a full leaf to a new one after it. */
static void split(Cells *cells, uint32_t number) {
    Leaf *after = add_leaf(cells, number + 1);
    Leaf *full = leaf_at(cells, number);
    uint32_t kept = full->length / 2, moved = full->length - kept;
    set_room(after, LEAF_MAX);
    memcpy(after->cells, full->cells + kept, moved * sizeof(Cell));
    after->length = moved;
    full->length = kept;
}

/* A place for a new cell that has room in its leaf. */
static Place with_room(Cells *cells, Place place) {
    uint32_t leaves = leaves_length(cells);
    if (place.leaf == leaves && leaves) {
        place.leaf = leaves - 1; /* behind all: in the last leaf while it has room, so that leaves in order are full */
        place.index = leaf_at(cells, place.leaf)->length;
        if (place.index == LEAF_MAX) {
            add_leaf(cells, leaves);
            place = (Place){leaves, 0};
        }
    }
    Leaf *leaf = leaf_at(cells, place.leaf);
    if (leaf->length == LEAF_MAX) {
        split(cells, place.leaf);
        uint32_t kept = leaf_at(cells, place.leaf)->length;
        if (place.index > kept) place = (Place){place.leaf + 1, place.index - kept};
    } else if (leaf->length == leaf->room) {
        set_room(leaf, room_above(leaf->room));
    }
    return place;
}

Cell *make_cells(Cells *cells, Place place, uint64_t length) {
    uint32_t leaves = leaves_length(cells);
    if (place.leaf == leaves && leaves) place = (Place){leaves - 1, leaf_at(cells, leaves - 1)->length};
    Leaf *leaf = leaf_at(cells, place.leaf);
    if (length > LEAF_MAX - leaf->length) return NULL;
    uint32_t more = (uint32_t)length, needed = leaf->length + more;
    if (needed > leaf->room) set_room(leaf, leaf->room && needed < room_above(leaf->room) ? room_above(leaf->room) : needed);
    Cell *at = &leaf->cells[place.index];
    if (place.index < leaf->length) memmove(at + more, at, (leaf->length - place.index) * sizeof(Cell));
    leaf->length = needed;
    return at;
}

void put_cell(Cells *cells, Place place, Cell cell) {
    place = with_room(cells, place);
    Leaf *leaf = leaf_at(cells, place.leaf);
    Cell *at = &leaf->cells[place.index];
    if (place.index < leaf->length) memmove(at + 1, at, (leaf->length - place.index) * sizeof(Cell));
    *at = cell;
    leaf->length++;
}

/* Removes cells of one leaf, which may become empty. */
static void remove_in(Leaf *leaf, uint32_t begin, uint32_t end) {
    memmove(&leaf->cells[begin], &leaf->cells[end], (leaf->length - end) * sizeof(Cell));
    leaf->length -= end - begin;
    if (leaf->length)
        tighten(leaf);
    else
        free_leaf(leaf);
}

/* Removes the empty leaves among those from `first` on. */
static void close_ranks(Cells *cells, uint32_t first) {
    uint32_t kept = first;
    for (uint32_t number = first; number < cells->length; number++)
        if (cells->leaves[number].length) cells->leaves[kept++] = cells->leaves[number];
    cells->length = kept;
    if (kept > 1) return;
    if (kept) cells->only = cells->leaves[0];
    give_memory(cells->leaves);
    cells->leaves = NULL;
    cells->length = cells->room = 0;
}

void remove_cells(Cells *cells, Place begin, Place end) {
    uint32_t leaves = leaves_length(cells);
    bool has_empty = false;
    for (uint32_t number = begin.leaf; number < leaves && number <= end.leaf; number++) {
        Leaf *leaf = leaf_at(cells, number);
        uint32_t from = number == begin.leaf ? begin.index : 0;
        uint32_t to = number == end.leaf ? end.index : leaf->length;
        if (from < to) remove_in(leaf, from, to);
        has_empty = has_empty || !leaf->length;
    }
    if (cells->leaves && has_empty) close_ranks(cells, begin.leaf);
}

void remove_cells_up_to(Cells *cells, int64_t bucket) {
    Place end = place_past(cells, bucket);
    if (end.leaf || end.index) remove_cells(cells, (Place){0, 0}, end);
}

static Leaf leaf_copy(const Leaf *leaf) {
    Leaf copy = {leaf->length, leaf->room, NULL};
    if (!leaf->room) return copy;
    copy.cells = grow_memory(NULL, leaf->room, sizeof(Cell));
    memcpy(copy.cells, leaf->cells, leaf->length * sizeof(Cell));
    return copy;
}

Cells cells_copy(const Cells *cells) {
    Cells copy = {cells->length, cells->room, NULL, leaf_copy(&cells->only)};
    if (!cells->leaves) return copy;
    copy.leaves = take_memory(cells->room, sizeof(Leaf));
    for (uint32_t number = 0; number < cells->length; number++) copy.leaves[number] = leaf_copy(&cells->leaves[number]);
    return copy;
}

void cells_free(Cells *cells) {
    for (uint32_t number = 0; number < cells->length; number++) give_memory(cells->leaves[number].cells);
    give_memory(cells->leaves);
    give_memory(cells->only.cells);
    *cells = (Cells){0};
}
