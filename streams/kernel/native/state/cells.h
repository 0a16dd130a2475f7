/* Cells of a series: pairs of bucket and content, ascending by both, in leaves. See `Cells` of account.h. */
#ifndef VITALS_CELLS_H
#define VITALS_CELLS_H

#include "account.h"

#define LEAF_MAX 510 /* cells in a leaf: what an insertion may move; 12 bytes each fill blocks of memory well */

/* The place of a cell, or the end: `leaf` is the number of leaves then. */
typedef struct {
    uint32_t leaf, index;
} Place;

static inline uint64_t content_of(const Cell *cell) { return (uint64_t)cell->upper << 32 | cell->lower; }

static inline Cell cell_of(uint32_t bucket, uint64_t content) {
    return (Cell){bucket, (uint32_t)content, (uint32_t)(content >> 32)};
}

static inline uint32_t leaves_length(const Cells *cells) {
    if (cells->leaves) return cells->length;
    return cells->only.length != 0;
}

static inline Leaf *leaf_at(const Cells *cells, uint32_t number) {
    return cells->leaves ? &cells->leaves[number] : (Leaf *)&cells->only;
}

static inline bool is_cell(const Cells *cells, Place place) { return place.leaf < leaves_length(cells); }

static inline Cell *cell_at(const Cells *cells, Place place) {
    return &leaf_at(cells, place.leaf)->cells[place.index];
}

/* The last cell of all; NULL when there is none. */
static inline Cell *last_cell(const Cells *cells) {
    uint32_t leaves = leaves_length(cells);
    if (!leaves) return NULL;
    const Leaf *last = leaf_at(cells, leaves - 1);
    return &last->cells[last->length - 1];
}

static inline Place place_after(const Cells *cells, Place place) {
    if (place.index + 1 < leaf_at(cells, place.leaf)->length) return (Place){place.leaf, place.index + 1};
    return (Place){place.leaf + 1, 0};
}

/* The first cell at or after a bucket and content. */
Place place_of(const Cells *cells, uint32_t bucket, uint64_t content);
/* The first cell of a bucket after `bucket`, which may be any number. */
Place place_past(const Cells *cells, int64_t bucket);
/* The first bucket after `bucket` that has a cell, FAR when there is none. */
int64_t first_bucket_past(const Cells *cells, int64_t bucket);
/* Room for new cells in front of the one at `place`, to be filled in; NULL when one leaf does not have it. */
Cell *make_cells(Cells *cells, Place place, uint64_t length);
/* Puts a cell in front of the one at `place`, which keeps the order. */
void put_cell(Cells *cells, Place place, Cell cell);
/* Removes the cells from `begin` to before `end`. */
void remove_cells(Cells *cells, Place begin, Place end);
/* Removes the cells of buckets up to `bucket`, which may be any number. */
void remove_cells_up_to(Cells *cells, int64_t bucket);
Cells cells_copy(const Cells *cells);
void cells_free(Cells *cells);

/* A bucket as cells keep it. */
static inline uint32_t kept_bucket(int64_t bucket) {
    if (bucket < 0 || bucket > UINT32_MAX) fault("an event lies outside of the years that buckets can number");
    return (uint32_t)bucket;
}

#endif
