/* Fuzzing of the reader of record batches: the first byte says whether the checksum is looked at. */
#include "../../../streams/kernel/native/batch/batch.h"

static uint64_t sum_of(const uint8_t *bytes, size_t length) {
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) sum += bytes[i];
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    Batch batch;
    Record record;
    volatile uint64_t sum = 0;
    if (length < 1 || batch_of(bytes + 1, length - 1, bytes[0] & 1, &batch)) return 0;
    BatchReader reader = batch_reader(&batch);
    while (next_record(&reader, &record)) {
        if (record.offset < batch.base_offset || record.offset >= batch.next_offset) fault("a record is outside of its batch");
        sum += sum_of((const uint8_t *)record.key.bytes, record.key.length);
        sum += sum_of((const uint8_t *)record.value.bytes, record.value.length);
    }
    return 0;
}
