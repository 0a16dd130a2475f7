/* What an answer says of an account, for Python, beside its score and its facts: see streams/kernel/reading.py; and the points
 * that its words are about. */
#include "module.h"

/* (first event of the latest stretch, oldest event), FAR before any */
static PyObject *first_events(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    int64_t found[] = {account->first_ms, oldest_ms(account)};
    return tuple_of_numbers(found, 2);
}

static PyObject *latest_at(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    return account ? tuple_of_numbers(account->latest_at, kernel->plan->latest_at.length) : NULL;
}

static PyObject *shown_at(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    if (!has_arguments("shown_at", given, 2, 2)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account) return NULL;
    if (!PyTuple_Check(arguments[1])) return PyErr_Format(PyExc_TypeError, "shown_at takes a tuple of slots");
    Py_ssize_t length = PyTuple_GET_SIZE(arguments[1]);
    PyObject *tuple = PyTuple_New(length);
    for (Py_ssize_t i = 0; tuple && i < length; i++) {
        int64_t slot, last = (int64_t)kernel->plan->latest_at.length - 1;
        bool is_slot = whole_of(PyTuple_GET_ITEM(arguments[1], i), 0, last, "the number of a slot", &slot);
        put_in(&tuple, i, is_slot ? shown_instant(account->latest_at[slot]) : NULL);
    }
    return tuple;
}

/* The account, and a signal of the primary model, of two arguments. */
static Account *asked(Kernel *kernel, const char *name, PyObject *const *arguments, Py_ssize_t given, uint32_t *signal) {
    int64_t found, last = (int64_t)kernel->plan->score_plans[0].signals_length - 1;
    if (!has_arguments(name, given, 2, 2)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account || !whole_of(arguments[1], 0, last, "the number of a signal", &found)) return NULL;
    *signal = (uint32_t)found;
    return account;
}

static PyObject *number_of(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t signal;
    Account *account = asked(kernel, "signal_number", arguments, given, &signal);
    if (!account) return NULL;
    Fact fact = signal_fact(kernel->plan, &kernel->plan->score_plans[0], account, signal);
    return fact.kind == FACT_NUMBER ? fact_of(&fact) : Py_NewRef(Py_None);
}

/* Whether as many days of use are held as a SIGNAL_SINCE_NTH looks at. */
static bool has_days(const Plan *plan, Account *account, uint32_t number) {
    const ScorePlanOf *primary = &plan->score_plans[0];
    int64_t *days = take_memory(behind_room(plan, &primary->signals[number]), sizeof *days);
    uint32_t held = signal_behind(plan, primary, account, number, days);
    give_memory(days);
    return held != 0;
}

/* Whether no event before its state was kept could change a signal: scoring.plan.signals, method `is_settled`. */
static bool is_settled(const Plan *plan, Account *account, uint32_t number) {
    const ScorePlanOf *primary = &plan->score_plans[0];
    const SignalOf *signal = &primary->signals[number];
    switch (signal->kind) {
    case SIGNAL_SINCE_NTH: return has_days(plan, account, number);
    case SIGNAL_ENDED: return account->tallies[signal->a].length != 0;
    case SIGNAL_MILESTONES: return signal_number(plan, primary, account, number) == (double)signal->parts.length;
    default: return signal_fact(plan, primary, account, number).kind != FACT_UNKNOWN;
    }
}

static PyObject *settled(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t signal;
    Account *account = asked(kernel, "is_settled", arguments, given, &signal);
    return account ? PyBool_FromLong(is_settled(kernel->plan, account, signal)) : NULL;
}

static bool append_number(PyObject *list, uint32_t number) {
    PyObject *object = PyLong_FromUnsignedLong(number);
    bool is_appended = object && PyList_Append(list, object) == 0;
    Py_XDECREF(object);
    return is_appended;
}

/* The rules of the primary model that hold, by number, whether it is judged or not: ScorePlan.holding. */
static PyObject *holding(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    const ScorePlanOf *primary = &kernel->plan->score_plans[0];
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < primary->rules_length; i++) {
        if (!conditions_hold(kernel->plan, primary, account, &primary->rules[i].when)) continue;
        if (!append_number(list, i)) Py_CLEAR(list);
    }
    return list;
}

/* The same of its watches: scoring.plan.watches.holding. */
static PyObject *watched(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    const ScorePlanOf *primary = &kernel->plan->score_plans[0];
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < primary->watches_length; i++) {
        if (!conditions_hold(kernel->plan, primary, account, &primary->watches[i])) continue;
        if (!append_number(list, i)) Py_CLEAR(list);
    }
    return list;
}

/* points(value, profile, judgements, evidence): the points of an evaluation by the primary model, by component, then of the
 * parts that belong to none. */
static PyObject *points_by(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    const ScorePlanOf *score_plan = &kernel->plan->score_plans[0];
    uint32_t components = score_plan->components_length;
    Evaluation evaluation = {.exists = true};
    int64_t profile;
    if (!has_arguments("points", given, 4, 4) || !real_of(arguments[0], &evaluation.value)) return NULL;
    if (!whole_of(arguments[1], -1, (int64_t)score_plan->profiles_length - 1, "a profile", &profile)) return NULL;
    for (int each = 2; each < 4; each++)
        if (!PyTuple_Check(arguments[each]) || PyTuple_GET_SIZE(arguments[each]) != (Py_ssize_t)components)
            return PyErr_Format(PyExc_ValueError, "points takes two tuples by component");
    double *numbers = take_memory(3 * (size_t)components + PARTS_OF_NONE, sizeof *numbers), *points = numbers + 2 * components;
    Judged judged = {numbers, numbers + components};
    bool is_read = true;
    for (uint32_t i = 0; is_read && i < components; i++)
        is_read = real_of(PyTuple_GET_ITEM(arguments[2], i), &judged.judgements[i]) &&
                  real_of(PyTuple_GET_ITEM(arguments[3], i), &judged.evidence[i]);
    evaluation.weights = (int32_t)profile;
    if (is_read) points_of(score_plan, &judged, &evaluation, points);
    PyObject *tuple = is_read ? tuple_of_reals(points, components + PARTS_OF_NONE) : NULL;
    give_memory(numbers);
    return tuple;
}

PyMethodDef answering_methods[] = {
    {"first_events", (PyCFunction)first_events, METH_O, "The first event of its latest stretch, and the oldest; FAR before any."},
    {"latest_at", (PyCFunction)latest_at, METH_O, "The instant of the latest event by slot, -1 for none."},
    {"shown_at", (PyCFunction)(void (*)(void))shown_at, METH_FASTCALL,
     "The latest event of slots (number, slots), as SQL prints it; an empty text for none."},
    {"signal_number", (PyCFunction)(void (*)(void))number_of, METH_FASTCALL,
     "A signal's number (number, signal), of the primary model; None for none."},
    {"is_settled", (PyCFunction)(void (*)(void))settled, METH_FASTCALL,
     "Whether no event before its state was kept could change a signal (number, signal), of the primary model."},
    {"points", (PyCFunction)(void (*)(void))points_by, METH_FASTCALL,
     "The points of an evaluation (value, profile, judgements, evidence) by component, then neutral, bounds, floor."},
    {"holding", (PyCFunction)holding, METH_O, "The rules of the primary model that hold now, by number."},
    {"watched", (PyCFunction)watched, METH_O, "The watches of the primary model that hold now, by number."},
    {NULL, NULL, 0, NULL},
};
