/* A queue of batches, read one after the other. */
#include "queue.h"

#include <string.h>

/* Begins the batch at the place. False when its header cannot be true. */
static bool begin_batch(const Queue *queue, QueuePlace *place) {
    const QueuedBatch *item = &queue->items[place->item];
    place->batch = (Batch){0};
    const char *error = batch_of(item->bytes, item->length, false, &place->batch);
    place->reader = batch_reader(&place->batch);
    place->is_begun = true;
    return !error && place->batch.bytes == item->length;
}

void queue_next(const Queue *queue, QueuePlace *place) {
    place->state = HEAD_NONE;
    for (; place->item < queue->length; place->item++, place->is_begun = false) {
        if (!place->is_begun && !begin_batch(queue, place)) place->state = HEAD_BROKEN;
        while (place->state == HEAD_NONE && next_record(&place->reader, &place->head))
            if (place->head.offset >= queue->items[place->item].first_offset) place->state = HEAD_READ;
        if (place->state == HEAD_NONE && place->reader.error) place->state = HEAD_BROKEN;
        if (place->state != HEAD_NONE) return;
    }
}

void queue_begin(const Queue *queue, QueuePlace *place) {
    *place = queue->at;
    place->reader.batch = &place->batch;
}

/* Moves on, and counts out the batches that were left behind. */
static void move_on(Queue *queue) {
    uint32_t before = queue->at.item;
    queue_next(queue, &queue->at);
    for (; before < queue->at.item; before++) {
        queue->bytes -= queue->items[before].length;
        queue->count -= queue->items[before].count;
    }
}

void queue_add(Queue *queue, QueuedBatch batch) {
    MAKE_ROOM(queue->items, queue->length, queue->room, 8);
    queue->items[queue->length++] = batch;
    queue->bytes += batch.length;
    queue->count += batch.count;
    if (queue->at.state == HEAD_NONE) move_on(queue);
}

void queue_take(Queue *queue) { move_on(queue); }

uint64_t queue_held(const Queue *queue) {
    const QueuePlace *at = &queue->at;
    if (at->state != HEAD_READ) return queue->count;
    return queue->count - queue->items[at->item].count + at->reader.left + 1;
}

int64_t broken_from(const Queue *queue) {
    const QueuePlace *at = &queue->at;
    return greatest(at->reader.least, queue->items[at->item].first_offset);
}

void *queue_release(Queue *queue) {
    if (queue->released < queue->at.item) return queue->items[queue->released++].owner;
    if (queue->released) { /* what is left moves to the front */
        queue->length -= queue->released;
        memmove(queue->items, queue->items + queue->released, queue->length * sizeof *queue->items);
        queue->at.item -= queue->released;
        queue->released = 0;
    }
    return NULL;
}

void queue_clear(Queue *queue) {
    queue->at = (QueuePlace){.item = queue->length};
    queue->bytes = queue->count = 0;
}

void queue_free(Queue *queue) { give_memory(queue->items); }
