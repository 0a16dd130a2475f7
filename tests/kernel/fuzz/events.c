/* Fuzzing of packed events: each of the input's is folded into one account under the plan of the tables' file, judged and
 * looked at. Before each event stand two bytes for its length. */
#include "judged_plan.h"

#include "../../../streams/kernel/native/decode/packed_event.h"

#define NOW_MS 1790000000000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    Past past = {0, 0, 0};
    Fold fold = {plan, &past};
    PackedEvent packed = {.room = 0};
    Account *account = account_new(plan, NOW_MS);
    int64_t as_of_ms = NOW_MS;
    for (size_t at = 0; at + 2 < length;) {
        size_t size = bytes[at] | (size_t)bytes[at + 1] << 8;
        at += 2;
        if (size > length - at) size = length - at;
        if (!unpack_event(plan, bytes + at, size, &packed)) {
            as_of_ms += (int64_t)(size % 7) * HOUR_MS * 9;
            fold_apply(&fold, account, &packed.event, as_of_ms, size % 2 ? as_of_ms : -1);
            look(account);
        }
        at += size;
    }
    Account *copy = account_fork(plan, account);
    fold_advance(&fold, copy, as_of_ms + 90 * DAY_MS);
    look(copy);
    account_free(plan, copy);
    account_free(plan, account);
    packed_event_free(&packed);
    return 0;
}
