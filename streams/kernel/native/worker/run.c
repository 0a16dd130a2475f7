/* One message of a run: decoded, applied, judged. Equals streams.engine.partition.event_handler for accounts that have an
 * entry, up to what it stops at. */
#include "worker.h"

#include <math.h>
#include <string.h>

#define LATE_MS HOUR_MS        /* event_handler.LATE_MS */
#define BACKFILL_MS (2 * DAY_MS) /* event_handler.BACKFILL_MS */

static uint32_t components_of(const Worker *worker) { return worker->plan->score_plans[0].components_length; }

void empty_done(Done *done) {
    memset(done->counts, 0, sizeof done->counts);
    memset(done->live, 0, sizeof done->live);
    for (uint32_t topic = 0; topic < INPUTS; topic++) done->last_offset[topic] = -1;
    done->touched_length = done->timers_length = done->placed_length = 0;
    done->is_any = false;
}

void worker_begin(Worker *worker) {
    worker->noted.judged.judgements = take_memory(components_of(worker), sizeof(double));
    worker->noted.judged.evidence = take_memory(components_of(worker), sizeof(double));
    empty_done(&worker->done);
}

void worker_free(Worker *worker) {
    entries_free(&worker->entries);
    give_memory(worker->noted.judged.judgements);
    give_memory(worker->noted.judged.evidence);
    give_memory(worker->unsent);
    give_memory(worker->bounds.each);
    give_memory(worker->done.touched);
    give_memory(worker->done.timers);
    give_memory(worker->done.placed);
}

/* NaN when it is unknown. */
static double known_mrr_of(const Worker *worker, Account *account) {
    if (worker->mrr_signal < 0) return NAN;
    return signal_number(worker->plan, &worker->plan->score_plans[0], account, (uint32_t)worker->mrr_signal);
}

static double mrr_of(const Worker *worker, Account *account) {
    double mrr = known_mrr_of(worker, account);
    return isnan(mrr) ? 0.0 : mrr;
}

/* What Python would be shown of the evaluation before. */
void keep_before(Worker *worker, uint32_t number) {
    const Account *account = worker->accounts[number];
    Noted *noted = &worker->noted;
    noted->number = number;
    const Judged *judged = score_judged(account->scores, 0);
    size_t size = components_of(worker) * sizeof(double);
    noted->before = *score_held(account->scores, 0);
    memcpy(noted->judged.judgements, judged->judgements, size);
    memcpy(noted->judged.evidence, judged->evidence, size);
}

/* The tier of an account without a score: streams.engine.ledger.standing_tier. */
static int64_t unscored_tier(const Worker *worker, Account *account) {
    int32_t standing = standing_of(worker->plan, &worker->plan->score_plans[0], account);
    return standing < 0 ? -1 : -2 - (int64_t)standing;
}

/* Whether a look at the account was made that only recorded its score. */
static bool is_recorded(const Worker *worker, Entry *entry, Account *account, const Evaluation *now) {
    Tracks *tracks = entry->tracks;
    if (!tracks || !(tracks->low <= now->value && now->value < tracks->high)) return false;
    if (account->as_of_ms >= tracks->until_ms) return false;
    if (tracks->awaits_mrr && entry->mrr == 0.0 && !isnan(known_mrr_of(worker, account))) return false;
    Look look = {now->value, worker->noted.before.value, account->as_of_ms, worker->noted.is_history};
    if (!tracks_record(tracks, &look)) return false;
    tracks_band(tracks, &entry->low, &entry->high);
    entry->matters_due_ms = tracks_due_ms(tracks);
    return true;
}

/* Whether Python has to look at the account: a source is new, the MRR changed, or of the evaluation something else than the
 * score, or the score left its band, and a look does more than to record it. */
static bool is_notable(const Worker *worker, Entry *entry, Account *account, const Evaluation *now) {
    const Evaluation *before = &worker->noted.before;
    for (uint32_t each = 0; each < worker->unsent_length; each++)
        if (account->latest_at[worker->unsent[each]] >= 0) return true;
    if (mrr_of(worker, account) != entry->mrr) return true;
    if (!entry->is_judged) return now->exists || unscored_tier(worker, account) != entry->tier;
    if (now->version == before->version) return false;
    if (!now->exists || now->tier != before->tier || now->is_provisional != before->is_provisional) return true;
    if (now->triggered != before->triggered || now->watched != before->watched) return true;
    return !(entry->low <= now->value && now->value < entry->high) && !is_recorded(worker, entry, account, now);
}

bool judge(Worker *worker, Entry *entry, uint32_t number) {
    Account *account = worker->accounts[number];
    const Evaluation *now = score_refresh(worker->plan, 0, account, worker->norm);
    if (is_notable(worker, entry, account, now)) return true;
    entry->version = now->version;
    return false;
}

static void touch(Worker *worker, Entry *entry, uint32_t number) {
    Done *done = &worker->done;
    if (entry->generation == worker->generation) return;
    entry->generation = worker->generation;
    MAKE_ROOM(done->touched, done->touched_length, done->touched_room, 64);
    done->touched[done->touched_length++] = number;
}

static void note_timer(Worker *worker, Entry *entry, uint32_t number) {
    Done *done = &worker->done;
    int64_t due_ms = least(due_ms_of(worker->plan, worker->accounts[number]), entry->matters_due_ms);
    if (due_ms >= entry->timer_ms) return;
    entry->timer_ms = due_ms;
    worker->until_ms = least(worker->until_ms, entry->timer_ms);
    MAKE_ROOM(done->timers, done->timers_length, done->timers_room, 64);
    done->timers[done->timers_length++] = (TimerSet){number, entry->timer_ms};
}

static bool is_history(const Worker *worker, const Input *input, int64_t at_ms) {
    int64_t arrived_ms = input->has_append_time ? input->time_ms : worker->now_ms;
    return !worker->is_event_clock && arrived_ms > at_ms + BACKFILL_MS;
}

/* Notes what the ledger has of an account without a score, which concerns nothing else. */
static void place(Worker *worker, Entry *entry, uint32_t number) {
    Account *account = worker->accounts[number];
    Done *done = &worker->done;
    int64_t tier = unscored_tier(worker, account);
    double mrr = mrr_of(worker, account);
    if (score_refresh(worker->plan, 0, account, worker->norm)->exists || (tier == entry->tier && mrr == entry->mrr)) return;
    entry->tier = tier;
    entry->mrr = mrr;
    MAKE_ROOM(done->placed, done->placed_length, done->placed_room, 64);
    done->placed[done->placed_length++] = (Placed){number, tier, mrr};
}

/* Applies the decoded event to its account. */
static Stop apply_to(Worker *worker, const Input *input, Entry *entry, uint32_t number) {
    Account *account = worker->accounts[number];
    FoldEvent *event = decoded_event(worker->decoder);
    Done *done = &worker->done;
    Noted *noted = &worker->noted;
    Fold fold = {worker->plan, worker->past};
    event->times = 1;
    event->origin = 0;
    event->id_is_its_own = event->tile_holds_it = event->totals_hold_it = false;
    keep_before(worker, number);
    Outcome outcome = fold_apply(&fold, account, event, worker->as_of_ms, worker->is_event_clock ? -1 : worker->as_of_ms);
    if (outcome == OUTCOME_DUPLICATE) {
        done->counts[input->topic][COUNT_DUPLICATE]++;
        return STOP_END;
    }
    noted->is_late = event->at_ms < account->as_of_ms - LATE_MS;
    noted->is_history = is_history(worker, input, event->at_ms);
    Count count = outcome == OUTCOME_EXPIRED ? COUNT_EXPIRED : noted->is_late ? COUNT_LATE : COUNT_APPLIED;
    done->counts[input->topic][count]++;
    done->live[input->topic] += !noted->is_history;
    if (!entry->is_judged) place(worker, entry, number);
    if (judge(worker, entry, number)) return STOP_NOTABLE;
    touch(worker, entry, number);
    note_timer(worker, entry, number);
    return STOP_END;
}

/* The partition's time at an event. */
static int64_t time_at(const Worker *worker, int64_t at_ms) {
    return worker->is_event_clock ? greatest(worker->as_of_ms, at_ms) : worker->as_of_ms;
}

/* Whether something else is due before an event. */
static bool is_early(const Worker *worker, int64_t at_ms) {
    return worker->is_event_clock && at_ms >= worker->as_of_ms && at_ms >= worker->until_ms;
}

/* Begins the account of the decoded event. False when Python has to take the message. */
static bool begin_account(Worker *worker, uint32_t *number) {
    int64_t at_ms = decoded_event(worker->decoder)->at_ms;
    const Newcomers *newcomers = &worker->newcomers;
    Text id = decoded_account(worker->decoder);
    if (is_early(worker, at_ms)) return false; /* what time alone causes is no matter of an account that begins with this */
    if (!newcomers->begin || !newcomers->begin(newcomers->owner, id, time_at(worker, at_ms), number)) return false;
    Entry *entry = begin_entry(&worker->entries, *number, id);
    entry->version = score_held(worker->accounts[*number]->scores, 0)->version;
    return true;
}

bool is_as_known(const Worker *worker, const Entry *entry, uint32_t number) {
    if (number >= worker->accounts_length || !worker->accounts[number]) return false;
    const Evaluation *held = score_held(worker->accounts[number]->scores, 0);
    return held->exists == entry->is_judged && held->version == entry->version;
}

Stop take_message(Worker *worker, const Input *input) {
    uint32_t number, topic = input->topic;
    if (worker->done.touched_length >= worker->room) return STOP_FULL;
    if (decode(worker->decoder, topic, input->value, input->time_ms, worker->now_ms) != DECODED) return STOP_BACK;
    if (!find_entry(&worker->entries, decoded_account(worker->decoder), &number) && !begin_account(worker, &number))
        return STOP_COLD;
    Entry *entry = &worker->entries.by_number[number];
    if (!is_as_known(worker, entry, number)) return STOP_COLD;
    int64_t at_ms = decoded_event(worker->decoder)->at_ms;
    if (is_early(worker, at_ms)) return STOP_TIME;
    worker->as_of_ms = time_at(worker, at_ms);
    worker->done.is_any = true;
    worker->done.last_offset[topic] = input->offset;
    if (input->offset <= entry->applied[topic]) {
        worker->done.counts[topic][COUNT_REPLAYED]++;
        return STOP_END;
    }
    entry->applied[topic] = input->offset;
    entry->heard_ms = worker->as_of_ms;
    entry->is_behind = true;
    return apply_to(worker, input, entry, number);
}
