/* Folds lives that Python recorded (tests/kernel/check/recording.py) and compares with what the reference said, to the last
 * bit. It knows no Python: so it runs under qemu as another processor would, and with a search for leaks. */
#include "../../../streams/kernel/native/decode/packed_event.h"
#include "../../../streams/kernel/native/judge/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t length, at;
} File;

typedef struct {
    int64_t as_of_ms, arrived_ms, outcome, next_due, exists, tier;
    double value, coverage;
} Step;

typedef struct {
    const Plan *plan;
    Account *account;
    Norm norm;
    PackedEvent packed;
    Past past;
} Life;

static File read_file(const char *path) {
    FILE *opened = fopen(path, "rb");
    if (!opened) fault("a file of steps cannot be opened");
    fseek(opened, 0, SEEK_END);
    File file = {NULL, (size_t)ftell(opened), 0};
    rewind(opened);
    file.bytes = take_memory(file.length, 1);
    if (fread(file.bytes, 1, file.length, opened) != file.length) fault("a file of steps cannot be read");
    fclose(opened);
    return file;
}

static const uint8_t *take(File *file, size_t length) {
    if (length > file->length - file->at) fault("a file of steps is cut off");
    const uint8_t *bytes = file->bytes + file->at;
    file->at += length;
    return bytes;
}

static size_t take_length(File *file) {
    uint64_t length;
    memcpy(&length, take(file, sizeof length), sizeof length);
    return (size_t)length;
}

static bool is_same(double one, double other) {
    return memcmp(&one, &other, sizeof one) == 0 || (isnan(one) && isnan(other));
}

static const char *compare_judgements(const Life *life, const double *expected) {
    const Judged *judged = score_judged(life->account->scores, 0);
    for (uint32_t i = 0; i < life->plan->score_plans[0].components_length; i++) {
        if (!is_same(judged->judgements[i], expected[i])) return "a judgement";
    }
    return NULL;
}

static const char *compare(Life *life, const Step *step, const double *judgements) {
    if (life->account->next_due != step->next_due) return "the timer";
    const Evaluation *evaluation = score_refresh(life->plan, 0, life->account, &life->norm);
    bool exists = evaluation && evaluation->exists;
    if (exists != (step->exists != 0)) return "whether there is a score";
    if (!exists) return NULL;
    if (!is_same(evaluation->value, step->value)) return "the value";
    if (!is_same(evaluation->coverage, step->coverage)) return "the coverage";
    return evaluation->tier != step->tier ? "the tier" : compare_judgements(life, judgements);
}

/* One event, or time alone where there are no bytes. */
static int64_t fold_step(Life *life, const Step *step, const uint8_t *event, size_t length) {
    Fold fold = {life->plan, &life->past};
    if (!length) return fold_advance(&fold, life->account, step->as_of_ms);
    const char *error = unpack_event(life->plan, event, length, &life->packed);
    if (error) fault(error);
    return fold_apply(&fold, life->account, &life->packed.event, step->as_of_ms, step->arrived_ms);
}

/* A copy lives on for a year, and is given back. */
static void fork_for_a_year(const Life *life) {
    Past past = {0, 0, 0};
    Fold fold = {life->plan, &past};
    Account *copy = account_fork(life->plan, life->account);
    for (int month = 1; month <= 12; month++) fold_advance(&fold, copy, life->account->as_of_ms + month * 30 * DAY_MS);
    score_refresh(life->plan, 0, copy, &life->norm);
    account_free(life->plan, copy);
}

static int check(const char *path) {
    const char *error = NULL, *differs = NULL;
    File file = read_file(path);
    size_t length = take_length(&file);
    Plan *plan = plan_of(take(&file, length), length, &error);
    if (!plan) fault(error);
    size_t components = plan->score_plans[0].components_length, steps = 0;
    double *judgements = take_memory(components, sizeof *judgements);
    Life life = {.plan = plan, .account = account_new(plan, (int64_t)take_length(&file))};
    life.norm.values = take_memory(plan->norm_entries, sizeof(double));
    for (uint32_t i = 0; i < plan->norm_entries; i++) life.norm.values[i] = NAN;
    for (; file.at < file.length && !differs; steps++) {
        Step step;
        memcpy(&step, take(&file, sizeof step), sizeof step);
        memcpy(judgements, take(&file, components * sizeof(double)), components * sizeof(double));
        length = take_length(&file);
        int64_t outcome = fold_step(&life, &step, take(&file, length), length);
        differs = outcome != step.outcome ? "the outcome" : compare(&life, &step, judgements);
        if (steps % 40 == 39) fork_for_a_year(&life);
    }
    if (differs) printf("%s, step %zu: %s differs\n", path, steps, differs);
    account_free(plan, life.account);
    packed_event_free(&life.packed);
    give_memory(life.norm.values);
    give_memory(judgements);
    give_memory(file.bytes);
    plan_free(plan);
    return differs != NULL;
}

/* check FILE... */
int main(int count, char **arguments) {
    int failed = 0;
    for (int i = 1; i < count; i++) failed += check(arguments[i]);
    printf("%d lives, %d differ\n", count - 1, failed);
    return failed != 0;
}
