/* Record batches of Kafka's log, version 2, that are filled with pairs of key and value, uncompressed. Equals aiokafka's
 * DefaultRecordBatchBuilder, byte for byte. */
#ifndef VITALS_FILLED_H
#define VITALS_FILLED_H

#include "../record/flat.h"

#define BATCH_HEADER_BYTES 61

typedef struct {
    Text key, value;
    bool has_value;
} Pair;

/* Who sends a batch, and the number of its first record: -1, -1 and 0 of a producer that is not idempotent. */
typedef struct {
    int64_t id;
    int16_t epoch;
    int32_t sequence;
} Sender;

void begin_batch(Out *out); /* the room of the header */
/* One more record, the `number`-th, unless the batch came to `most` bytes with it: the first one is always taken. */
bool put_pair(Out *out, const Pair *pair, uint32_t number, size_t most);
/* Fills in the header of a batch of that number of records, all of the instant `at_ms`. */
void finish_batch(uint8_t *batch, size_t length, uint32_t records, int64_t at_ms, Sender sender);

#endif
