/* Judging, for Python: evaluations, judgements, facts, the cohort norm. */
#include "module.h"

#include <math.h>

void begin_norm(Kernel *kernel) {
    uint32_t entries = kernel->plan->norm_entries;
    kernel->norm.version = 0;
    kernel->norm.values = take_memory(entries, sizeof(double));
    for (uint32_t i = 0; i < entries; i++) kernel->norm.values[i] = NAN;
}

bool take_norm(Kernel *kernel, PyObject *values) {
    uint32_t entries = kernel->plan->norm_entries;
    if (!PyTuple_Check(values) || PyTuple_GET_SIZE(values) != (Py_ssize_t)entries) {
        PyErr_Format(PyExc_ValueError, "the norm is a tuple of %u values, None for none", entries);
        return false;
    }
    double *read = take_memory(entries, sizeof *read);
    for (uint32_t i = 0; i < entries; i++) {
        if (!real_of(PyTuple_GET_ITEM(values, i), &read[i])) {
            give_memory(read);
            return false;
        }
    }
    give_memory(kernel->norm.values);
    kernel->norm.values = read;
    kernel->norm.version++;
    return true;
}

void clear_norm(Kernel *kernel) {
    for (uint32_t i = 0; i < kernel->plan->norm_entries; i++) kernel->norm.values[i] = NAN;
    kernel->norm.version++;
}

static PyObject *set_norm(Kernel *kernel, PyObject *values) {
    if (!take_norm(kernel, values)) return NULL;
    Py_RETURN_NONE;
}

PyObject *norm_part_of(const Kernel *kernel, Account *account) {
    uint32_t entries = kernel->plan->norm_entries;
    double *values = take_memory(entries, sizeof *values);
    norm_part(kernel->plan, account, values);
    PyObject *tuple = PyTuple_New(entries);
    for (uint32_t i = 0; tuple && i < entries; i++) put_in(&tuple, i, PyFloat_FromDouble(values[i]));
    give_memory(values);
    return tuple;
}

static PyObject *part(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    return account ? norm_part_of(kernel, account) : NULL;
}

static PyObject *tuple_of_bits(Bits bits) {
    uint64_t lower = (uint64_t)bits, upper = (uint64_t)(bits >> 64);
    PyObject *tuple = PyTuple_New(__builtin_popcountll(lower) + __builtin_popcountll(upper));
    Py_ssize_t place = 0;
    for (long number = 0; tuple && bits; number++, bits >>= 1) {
        if (bits & 1) put_in(&tuple, place++, PyLong_FromLong(number));
    }
    return tuple;
}

/* (value, tier, coverage, provisional, profile or -1, rules that hold, watches that hold, version) */
PyObject *evaluation_of(const Evaluation *evaluation) {
    PyObject *tuple = PyTuple_New(8);
    bool is_made = put_in(&tuple, 0, PyFloat_FromDouble(evaluation->value)) &&
                   put_in(&tuple, 1, PyLong_FromLong(evaluation->tier)) &&
                   put_in(&tuple, 2, PyFloat_FromDouble(evaluation->coverage)) &&
                   put_in(&tuple, 3, PyBool_FromLong(evaluation->is_provisional)) &&
                   put_in(&tuple, 4, PyLong_FromLong(evaluation->weights)) &&
                   put_in(&tuple, 5, tuple_of_bits(evaluation->triggered)) &&
                   put_in(&tuple, 6, tuple_of_bits(evaluation->watched)) &&
                   put_in(&tuple, 7, PyLong_FromUnsignedLongLong(evaluation->version));
    return is_made ? tuple : NULL;
}

/* The account and the score plan of two arguments. */
static Account *judged_account(Kernel *kernel, const char *name, PyObject *const *arguments, Py_ssize_t given,
                               uint32_t *number) {
    if (!has_arguments(name, given, 2, 2)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    return account && score_plan_by(kernel, arguments[1], number) ? account : NULL;
}

static PyObject *refresh(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t number;
    Account *account = judged_account(kernel, "refresh", arguments, given, &number);
    if (!account) return NULL;
    const Evaluation *evaluation = score_refresh(kernel->plan, number, account, &kernel->norm);
    if (!evaluation || !evaluation->exists) Py_RETURN_NONE;
    return evaluation_of(evaluation);
}

/* None when the evaluation is still the one of this version (-1 for none); () without a score; else the evaluation, then
 * its judgements and evidence. */
static PyObject *refreshed(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t number;
    int64_t version;
    if (!has_arguments("refreshed", given, 3, 3)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account || !score_plan_by(kernel, arguments[1], &number)) return NULL;
    if (!whole_of(arguments[2], -1, INT64_MAX, "a version", &version)) return NULL;
    const Evaluation *evaluation = score_refresh(kernel->plan, number, account, &kernel->norm);
    if (!evaluation || !evaluation->exists) return PyTuple_New(0);
    if ((int64_t)evaluation->version == version) Py_RETURN_NONE;
    const ScorePlanOf *score_plan = &kernel->plan->score_plans[number];
    const Judged *judged = score_judged(account->scores, number);
    PyObject *found = evaluation_of(evaluation);
    if (!found || _PyTuple_Resize(&found, 10) < 0) return NULL;
    PyTuple_SET_ITEM(found, 8, NULL);
    PyTuple_SET_ITEM(found, 9, NULL);
    bool is_made = put_in(&found, 8, tuple_of_reals(judged->judgements, score_plan->components_length)) &&
                   put_in(&found, 9, tuple_of_reals(judged->evidence, score_plan->components_length));
    return is_made ? found : NULL;
}

static PyObject *standing(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t number;
    Account *account = judged_account(kernel, "standing", arguments, given, &number);
    if (!account) return NULL;
    return PyLong_FromLong(standing_of(kernel->plan, &kernel->plan->score_plans[number], account));
}

static PyObject *judgements(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t number;
    Account *account = judged_account(kernel, "judgements", arguments, given, &number);
    if (!account) return NULL;
    uint32_t components = kernel->plan->score_plans[number].components_length;
    return tuple_of_reals(score_judged(account->scores, number)->judgements, components);
}

static PyObject *evidence(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t number;
    Account *account = judged_account(kernel, "evidence", arguments, given, &number);
    if (!account) return NULL;
    uint32_t components = kernel->plan->score_plans[number].components_length;
    return tuple_of_reals(score_judged(account->scores, number)->evidence, components);
}

PyObject *fact_of(const Fact *fact) {
    switch (fact->kind) {
    case FACT_NUMBER: return fact->is_whole ? PyLong_FromDouble(fact->number) : PyFloat_FromDouble(fact->number);
    case FACT_TEXT: return text_of(fact->text);
    case FACT_INSTANT: return shown_instant(fact->instant_ms);
    default: Py_RETURN_NONE;
    }
}

static PyObject *facts(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t number;
    Account *account = judged_account(kernel, "facts", arguments, given, &number);
    if (!account) return NULL;
    const ScorePlanOf *score_plan = &kernel->plan->score_plans[number];
    PyObject *tuple = PyTuple_New(score_plan->signals_length);
    for (uint32_t i = 0; tuple && i < score_plan->signals_length; i++) {
        Fact fact = signal_fact(kernel->plan, score_plan, account, i);
        put_in(&tuple, i, fact_of(&fact));
    }
    return tuple;
}

/* By component None, or its judgement (None for none) and evidence, as (judgement, evidence). */
static bool read_held(PyObject *held, const ScorePlanOf *score_plan, const Judged *into, Bits *bits) {
    for (uint32_t i = 0; i < score_plan->components_length; i++) {
        PyObject *each = PyTuple_GET_ITEM(held, i);
        if (each == Py_None) continue;
        if (!PyTuple_Check(each) || PyTuple_GET_SIZE(each) != 2) {
            PyErr_SetString(PyExc_ValueError, "what a component holds is its judgement and its evidence");
            return false;
        }
        if (!real_of(PyTuple_GET_ITEM(each, 0), &into->judgements[i])) return false;
        if (!real_of(PyTuple_GET_ITEM(each, 1), &into->evidence[i])) return false;
        *bits |= score_plan->components[i].bit;
    }
    return true;
}

/* By rule None, or whether it holds. */
static bool read_holding(PyObject *rules, const ScorePlanOf *score_plan, Bits *frozen, Bits *holding) {
    for (uint32_t i = 0; i < score_plan->rules_length; i++) {
        PyObject *each = PyTuple_GET_ITEM(rules, i);
        if (each == Py_None) continue;
        int holds = PyObject_IsTrue(each);
        if (holds < 0) return false;
        *frozen |= (Bits)1 << i;
        *holding |= (Bits)holds << i;
    }
    return true;
}

static bool is_tuple_of(PyObject *object, uint32_t length) {
    return PyTuple_Check(object) && PyTuple_GET_SIZE(object) == (Py_ssize_t)length;
}

static PyObject *freeze(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    if (!has_arguments("freeze", given, 3, 3)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account) return NULL;
    const ScorePlanOf *score_plan = &kernel->plan->score_plans[0];
    uint32_t components = score_plan->components_length;
    if (!is_tuple_of(arguments[1], components) || !is_tuple_of(arguments[2], score_plan->rules_length)) {
        return PyErr_Format(PyExc_ValueError, "freeze takes a tuple by component, and one by rule");
    }
    Bits bits = 0, frozen = 0, holding = 0;
    Judged held = {take_memory(components, sizeof(double)), take_memory(components, sizeof(double))};
    bool is_read = read_held(arguments[1], score_plan, &held, &bits) &&
                   read_holding(arguments[2], score_plan, &frozen, &holding);
    if (is_read) score_freeze(kernel->plan, account->scores, bits, &held, frozen, holding);
    give_memory(held.judgements);
    give_memory(held.evidence);
    if (!is_read) return NULL;
    Py_RETURN_NONE;
}

PyMethodDef judging_methods[] = {
    {"set_norm", (PyCFunction)set_norm, METH_O, "The cohort norm from here on, by entry; None for none."},
    {"norm_part", (PyCFunction)part, METH_O, "The account's values of the norm's entries."},
    {"refresh", (PyCFunction)(void (*)(void))refresh, METH_FASTCALL, "The evaluation (number, score plan), or None."},
    {"refreshed", (PyCFunction)(void (*)(void))refreshed, METH_FASTCALL,
     "The evaluation (number, score plan, known version) with judgements and evidence; None when it is the known one."},
    {"standing", (PyCFunction)(void (*)(void))standing, METH_FASTCALL, "The number of the standing, -1 for none."},
    {"judgements", (PyCFunction)(void (*)(void))judgements, METH_FASTCALL, "Of the last refresh, by component."},
    {"evidence", (PyCFunction)(void (*)(void))evidence, METH_FASTCALL, "Of the last refresh, by component."},
    {"facts", (PyCFunction)(void (*)(void))facts, METH_FASTCALL, "Every signal's value; an instant as SQL prints it."},
    {"freeze", (PyCFunction)(void (*)(void))freeze, METH_FASTCALL,
     "What stands still (number, by component, by rule); None for what does not."},
    {NULL, NULL, 0, NULL},
};
