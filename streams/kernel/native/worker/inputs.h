/* The topics of one partition, each a queue of batches, and the order in which their messages are taken. */
#ifndef VITALS_INPUTS_H
#define VITALS_INPUTS_H

#include "../batch/queue.h"
#include "worker.h"

#define QUEUES 5 /* streams.topics.TOPICS: the last one is no input, and never taken natively */

typedef struct {
    Queue queues[QUEUES];
} Inputs;

typedef struct {
    uint32_t number; /* of messages that were taken; one that is notable is not among them */
    uint32_t topic;  /* of the message at which the loop stopped */
} Taken;

/* Takes messages of the inputs that are not later than `last_ms`, at most `most`, the earliest first. STOP_END also when
 * the queue of one has nothing left, or cannot be read on: others may have to wait for it. Any other message that it stops
 * at stays in its queue. */
Stop take_inputs(Worker *worker, Inputs *inputs, int64_t last_ms, uint32_t most, Taken *taken);

#endif
