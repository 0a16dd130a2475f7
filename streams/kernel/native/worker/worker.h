/* The loop of a worker: messages of the inputs of one partition, decoded, folded and judged one after the other, as long as
 * nothing needs Python. What it does for an event is what `streams.engine.partition` does; what it stops at is Python's. */
#ifndef VITALS_WORKER_H
#define VITALS_WORKER_H

#include "../decode/decode.h"
#include "../judge/judge.h"
#include "../prints/prints.h"
#include "tracks.h"

#define INPUTS 4 /* scoring.event.topics.INPUT_TOPICS */

/* --- entries.c: the accounts that the loop may change, by number and by id --- */

typedef struct {
    bool is_used;
    bool is_behind; /* Python has not seen the latest events */
    bool is_judged; /* it has a score */
    Text id;        /* owned */
    uint64_t hash;
    uint64_t generation; /* in which it was last listed as touched */
    uint64_t version;    /* of the evaluation that the next one is compared with */
    int64_t applied[INPUTS], heard_ms, timer_ms;
    int64_t matters_due_ms; /* when something is due of the account that is Python's, FAR for never */
    int64_t tier;     /* of the ledger: below 0 without a score, a standing below -1 */
    double low, high; /* the scores that concern nobody: low <= score < high */
    double mrr;
    Tracks *tracks; /* owned, NULL for none: what is done at other scores, where that is only to record them */
} Entry;

typedef struct {
    SipKey key; /* of the hashes of ids: senders must not know it */
    uint32_t length;
    Entry *by_number; /* by the account's number in the kernel */
    uint32_t places_length, used;
    uint32_t *places; /* a hash table of numbers plus 1, by id; 0: free */
} Entries;

/* The entry of an account, made when there is none. It holds nothing but its id. */
Entry *entry_for(Entries *entries, uint32_t number, Text id);
Entry *entry_of(const Entries *entries, uint32_t number); /* NULL for none */
bool find_entry(const Entries *entries, Text id, uint32_t *number);
/* The entry of an account that has just begun: no event of it was applied. */
Entry *begin_entry(Entries *entries, uint32_t number, Text id);
/* Takes the tracks over: the band and what is due are theirs. */
void keep_tracks(Entry *entry, Tracks *tracks);
void drop_entry(Entries *entries, uint32_t number);
void entries_free(Entries *entries);

/* --- run.c --- */

typedef enum {
    STOP_END,    /* all messages were taken */
    STOP_BACK,   /* the message is not plain: Python decodes it */
    STOP_COLD,   /* its account has no entry, or was judged since by somebody else */
    STOP_TIME,   /* something else is due before it */
    STOP_FULL,   /* enough accounts are changed: Python looks whether a flush has to come first */
    STOP_NOTABLE /* the message was applied, and Python has to judge what that means: `noted` */
} Stop;

typedef struct {
    uint32_t topic;
    int64_t offset, time_ms;
    bool has_append_time; /* `time_ms` is the broker's */
    Text value;
} Input;

typedef enum { COUNT_APPLIED, COUNT_LATE, COUNT_EXPIRED, COUNT_DUPLICATE, COUNT_REPLAYED, COUNTS } Count;

typedef struct {
    uint32_t number;
    int64_t timer_ms;
} TimerSet;

/* An account without a score, and what the ledger has of it from now on. */
typedef struct {
    uint32_t number;
    int64_t tier;
    double mrr;
} Placed;

/* What was done since it was last taken. */
typedef struct {
    bool is_any;
    int64_t counts[INPUTS][COUNTS];
    int64_t live[INPUTS];        /* events that were no history when they arrived */
    int64_t last_offset[INPUTS]; /* of the last message, -1 for none */
    uint32_t touched_length, touched_room, timers_length, timers_room, placed_length, placed_room;
    uint32_t *touched; /* accounts that changed, in the order of their first events in this generation */
    TimerSet *timers;  /* timers that came nearer, in this order */
    Placed *placed;    /* accounts whose standing or MRR is another, in this order */
} Done;

/* What begins an account that has no entry, at an instant, and gives its number in the kernel. False when the account is there
 * already, or Python has to take the message. It may move the kernel's accounts. */
typedef struct {
    bool (*begin)(void *owner, Text id, int64_t as_of_ms, uint32_t *number);
    void *owner;
} Newcomers;

/* The event at which the loop stopped, and the evaluation before it. */
typedef struct {
    uint32_t number;
    bool is_late, is_history;
    Evaluation before;
    Judged judged; /* owned */
} Noted;

typedef struct {
    const Plan *plan;
    Past *past;
    const Norm *norm;
    Decoder *decoder;
    Account *const *accounts; /* by number */
    uint32_t accounts_length;
    bool is_event_clock;
    int64_t mrr_signal; /* of the primary model, -1 for none */
    uint32_t unsent_length;
    uint32_t *unsent; /* slots of sources that no account has sent yet */
    Bounds bounds;    /* of all tracks */
    Entries entries;
    Done done;
    Noted noted;
    /* of the run */
    Newcomers newcomers; /* `begin` may be NULL: no account begins */
    int64_t as_of_ms; /* the partition's time */
    int64_t now_ms;
    int64_t until_ms;    /* by the event clock: nothing else is due before it */
    uint64_t generation; /* an account that was listed in it need not be listed again */
    uint32_t room;       /* accounts that may be listed */
} Worker;

void worker_begin(Worker *worker); /* the plan is set */
void worker_free(Worker *worker);
void empty_done(Done *done);
void keep_before(Worker *worker, uint32_t number); /* before its account changes */
/* Whether the account is as Python last judged it. */
bool is_as_known(const Worker *worker, const Entry *entry, uint32_t number);
/* Judges an account that has changed since `keep_before`; `noted` says whether by history. Whether Python has to look at it;
 * else it is as Python knows it. */
bool judge(Worker *worker, Entry *entry, uint32_t number);
/* Takes one message: STOP_END when the loop goes on with the next one. */
Stop take_message(Worker *worker, const Input *input);

/* --- timers.c --- */

typedef enum {
    FIRED_COLD,   /* nothing was done: the account has no entry, was judged since, or its matters are due */
    FIRED_SAME,   /* time has passed, and no signal can have changed */
    FIRED_JUDGED, /* it was judged, and only its score can have changed */
    FIRED_NOTABLE /* time has passed, and Python has to judge what that means: `noted` */
} Fired;

/* When an account changes by itself, FAR for never. */
int64_t due_ms_of(const Plan *plan, const Account *account);
/* Advances an account to its timer, and sets the next one. */
Fired fire_timer(Worker *worker, uint32_t number, int64_t due_ms);

#endif
