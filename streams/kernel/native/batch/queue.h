/* What one topic's partition has brought and nobody has taken: batches in the order of their offsets, read message by
 * message. The bytes of a batch are somebody else's, who keeps them until the queue is done with them. */
#ifndef VITALS_QUEUE_H
#define VITALS_QUEUE_H

#include "batch.h"

typedef struct {
    const uint8_t *bytes;
    size_t length;
    int64_t first_offset; /* records before it are none of this queue's */
    uint32_t count;       /* the most messages it holds */
    void *owner;
} QueuedBatch;

typedef enum {
    HEAD_NONE,  /* nothing is left */
    HEAD_READ,  /* `head` is the next message */
    HEAD_BROKEN /* the batch at the place cannot be read on */
} HeadState;

/* A place in the queue: where a message was read. */
typedef struct {
    uint32_t item;
    bool is_begun; /* `batch` and `reader` are those of the item */
    Batch batch;
    BatchReader reader;
    HeadState state;
    Record head;
} QueuePlace;

typedef struct {
    uint32_t released, length, room; /* items before `released` are the owner's again */
    QueuedBatch *items;
    QueuePlace at;
    size_t bytes;   /* of the batches that were not read to their ends */
    uint64_t count; /* the most messages in them, those that were taken included */
} Queue;

void queue_free(Queue *queue); /* the owners have their batches back */
void queue_add(Queue *queue, QueuedBatch batch);
/* The next message is taken; there is one. */
void queue_take(Queue *queue);
/* How many messages there may be: as many as there are where batches hold as many as they say. */
uint64_t queue_held(const Queue *queue);
/* Where the first batch cannot be read on: all of it before this offset was read. */
int64_t broken_from(const Queue *queue);
/* The owner of a batch that is done with, NULL when there is none; each is given once. */
void *queue_release(Queue *queue);
/* Gives up all that is left: the next calls of `queue_release` give all owners back. */
void queue_clear(Queue *queue);

/* A walk from the first message on, which takes nothing: the place is at a message while its state is HEAD_READ. */
void queue_begin(const Queue *queue, QueuePlace *place);
void queue_next(const Queue *queue, QueuePlace *place);

#endif
