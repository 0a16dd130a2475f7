/* The timer of one account. Equals streams.engine.partition.timekeeper for accounts that have an entry, up to what Python has
 * to look at. */
#include "worker.h"

int64_t due_ms_of(const Plan *plan, const Account *account) {
    return account->next_due >= FAR ? FAR : account->next_due * plan->resolution_ms;
}

Fired fire_timer(Worker *worker, uint32_t number, int64_t due_ms) {
    Entry *entry = entry_of(&worker->entries, number);
    if (!entry || entry->matters_due_ms <= due_ms || !is_as_known(worker, entry, number)) return FIRED_COLD;
    Account *account = worker->accounts[number];
    Fold fold = {worker->plan, worker->past};
    keep_before(worker, number);
    worker->noted.is_late = worker->noted.is_history = false;
    entry->is_behind = true;
    bool may_differ = fold_advance(&fold, account, due_ms);
    if (may_differ && judge(worker, entry, number)) return FIRED_NOTABLE;
    entry->timer_ms = least(due_ms_of(worker->plan, account), entry->matters_due_ms);
    return may_differ ? FIRED_JUDGED : FIRED_SAME;
}
