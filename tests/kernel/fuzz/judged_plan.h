/* The plan of the tables' file, under which accounts are judged without a norm. */
#ifndef VITALS_JUDGED_PLAN_H
#define VITALS_JUDGED_PLAN_H

#include "tables_file.h"

#include "../../../streams/kernel/native/judge/judge.h"

#include <math.h>

static TablesFile file;
static Plan *plan;
static Norm norm;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    const char *error;
    file = read_tables_file();
    Bytes tables = next_part(&file);
    plan = plan_of(tables.bytes, tables.length, &error);
    if (!plan) fault(error);
    norm.values = take_memory(plan->norm_entries, sizeof(double));
    for (uint32_t i = 0; i < plan->norm_entries; i++) norm.values[i] = NAN;
    return 0;
}

static void look(Account *account) {
    score_refresh(plan, 0, account, &norm);
    for (uint32_t i = 0; i < plan->score_plans[0].signals_length; i++) {
        signal_fact(plan, &plan->score_plans[0], account, i);
    }
}

#endif
