/* The merge of the inputs: equals streams.engine.inputs.merge, message by message. */
#include "inputs.h"

/* The input whose next message is the earliest, of equally early ones the first; -1 when it is later than `last_ms`, and
 * when one cannot be read. */
static int next_input(const Inputs *inputs, int64_t last_ms) {
    int found = -1;
    for (int topic = 0; topic < INPUTS; topic++) {
        const QueuePlace *at = &inputs->queues[topic].at;
        if (at->state == HEAD_BROKEN) return -1;
        if (at->state != HEAD_READ || at->head.time_ms > last_ms) continue;
        if (found < 0 || at->head.time_ms < inputs->queues[found].at.head.time_ms) found = topic;
    }
    return found;
}

static Stop take_head(Worker *worker, uint32_t topic, const QueuePlace *at) {
    const Record *head = &at->head;
    Input input = {topic, head->offset, head->time_ms, at->batch.by_broker, head->value};
    return head->has_value && !head->headers.count ? take_message(worker, &input) : STOP_BACK;
}

Stop take_inputs(Worker *worker, Inputs *inputs, int64_t last_ms, uint32_t most, Taken *taken) {
    for (taken->number = 0; taken->number < most; taken->number++) {
        int topic = next_input(inputs, last_ms);
        if (topic < 0) return STOP_END;
        Queue *queue = &inputs->queues[topic];
        taken->topic = (uint32_t)topic;
        Stop stop = take_head(worker, taken->topic, &queue->at);
        if (stop != STOP_END) return stop;
        queue_take(queue);
        if (queue->at.state == HEAD_READ) continue;
        taken->number++;
        return STOP_END;
    }
    return STOP_END;
}
