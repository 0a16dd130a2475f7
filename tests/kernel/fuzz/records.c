/* Fuzzing of records: an account is read from a head and own records under the plan of the tables' file, restored, judged,
 * and lives on in silence. Before each record stand two bytes for its length; an own record begins with its kind and eight
 * bytes for its number. */
#include "judged_plan.h"

#include "../../../streams/kernel/native/record/state_in.h"

#define NAME_BYTES 9

static List rows[ROWS];

static void live_on(Account *account) {
    Past past = {0, 0, 0};
    Fold fold = {plan, &past};
    if (fold_restore(&fold, account)) return;
    look(account);
    Account *copy = account_fork(plan, account);
    fold_advance(&fold, copy, least(INSTANT_MAX, account->as_of_ms + 3 * HOUR_MS));
    fold_advance(&fold, copy, least(INSTANT_MAX, account->as_of_ms + 90 * DAY_MS));
    look(copy);
    account_free(plan, copy);
    int64_t dropped = 0;
    for (uint64_t id = 1; id < 100; id++) ids_put(plan, account->ids, account->as_of_ms / DAY_MS, id, &dropped);
    ids_forget_gone(plan, account->ids, account->current_bucket);
}

/* A copy of the next record, so that a step beyond its end is seen; NULL at the end. */
static uint8_t *next_record(const uint8_t *bytes, size_t length, size_t *at, size_t *size) {
    if (length - *at < 2) return NULL;
    *size = bytes[*at] | (size_t)bytes[*at + 1] << 8;
    *at += 2;
    if (*size > length - *at) *size = length - *at;
    uint8_t *copy = take_memory(*size, 1);
    memcpy(copy, bytes + *at, *size);
    *at += *size;
    return copy;
}

static bool add_own(Account *account, const uint8_t *bytes, size_t size) {
    static const uint64_t MOST[] = {DAY_MAX, BLOCK_MAX, UINT64_MAX - 1, CHUNK_NUMBER_MAX};
    if (size < NAME_BYTES) return true;
    Offsets offsets;
    Name name = {(OwnKind)(bytes[0] % OWN_KINDS), word_at(bytes + 1, 0), UINT32_MAX};
    name.number %= MOST[name.kind] + 1;
    In in = {.at = bytes + NAME_BYTES, .end = bytes + size, .rows = rows};
    own_in(plan, account, &name, &in, &offsets);
    return !is_damaged(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    size_t at = 0, size;
    uint8_t *record = next_record(bytes, length, &at, &size);
    if (!record) return 0;
    Offsets offsets;
    Names names = {0, 0, NULL};
    In in = {.at = record, .end = record + size, .rows = rows};
    Account *account = account_in(plan, &in, &offsets, &names);
    give_memory(names.names);
    give_memory(record);
    bool is_whole = account != NULL;
    while (is_whole && (record = next_record(bytes, length, &at, &size))) {
        is_whole = add_own(account, record, size);
        give_memory(record);
    }
    if (is_whole) live_on(account);
    account_free(plan, account);
    return 0;
}
