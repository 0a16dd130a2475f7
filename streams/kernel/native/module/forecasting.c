/* Forecasts on forks, for Python. */
#include "module.h"

#include "../forecast/crossing.h"
#include "../forecast/improvements.h"

#define EVENTS_MAX (1 << 17) /* the most of one adjustment: scoring.plan.signals.counting */

/* (number of a fork that stands at the next change of tier, the evaluation before, its judgements, its evidence), or None
 */
static PyObject *crossing(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    int64_t until_ms;
    if (!has_arguments("crossing", given, 2, 2)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account || !instant_of(arguments[1], &until_ms)) return NULL;
    uint32_t components = kernel->plan->score_plans[0].components_length;
    double *numbers = take_memory(2 * (size_t)components, sizeof *numbers);
    Before before = {.judged = {.judgements = numbers, .evidence = numbers + components}};
    Fold fold = {kernel->plan, &kernel->past};
    Account *fork = account_trial(kernel->plan, account);
    PyObject *found;
    if (next_crossing(&fold, fork, &kernel->norm, until_ms, &before)) {
        found = Py_BuildValue("(NNNN)", number_for(kernel, fork), evaluation_of(&before.evaluation),
                              tuple_of_reals(before.judged.judgements, components),
                              tuple_of_reals(before.judged.evidence, components));
    } else {
        account_free(kernel->plan, fork);
        found = Py_NewRef(Py_None);
    }
    give_memory(numbers);
    return found;
}

/* The events of one kind: a tuple of bytes, or what makes them by place. */
typedef struct {
    PyObject *given; /* borrowed */
    PyObject *latest; /* owned */
} Events;

static Packed event_at(void *context, int64_t place) {
    Events *events = context;
    PyObject *bytes;
    if (PyTuple_Check(events->given)) {
        bool is_there = place >= 0 && place < PyTuple_GET_SIZE(events->given);
        bytes = is_there ? Py_NewRef(PyTuple_GET_ITEM(events->given, place)) : NULL;
    } else {
        bytes = PyObject_CallFunction(events->given, "L", (long long)place);
    }
    Py_XSETREF(events->latest, bytes);
    if (!bytes || !PyBytes_Check(bytes)) return (Packed){NULL, 0};
    return (Packed){(const uint8_t *)PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes)};
}

/* (least, most, open items or -1, whether a value, whether varied, packed events) */
static bool read_kind(const Plan *plan, PyObject *given, Events *events, AdjustmentOf *kind) {
    long long least, most, closes;
    int is_value, is_varied;
    if (!PyTuple_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "an adjustment is a tuple");
        return false;
    }
    if (!PyArg_ParseTuple(given, "LLLppO", &least, &most, &closes, &is_value, &is_varied, &events->given))
        return false;
    if (least < INT32_MIN || most > (is_value ? INT32_MAX : EVENTS_MAX) || closes < -1 || closes >= (long long)plan->items_length ||
        (closes >= 0 && plan->items[closes].is_times)) {
        PyErr_SetString(PyExc_ValueError, "an adjustment is beyond its bounds");
        return false;
    }
    *kind = (AdjustmentOf){.least = least, .most = most, .closes = closes, .is_value = is_value, .is_varied = is_varied,
                           .event_at = event_at, .events = events};
    return true;
}

static bool read_kinds(const Plan *plan, PyObject *given, Events *events, AdjustmentOf *kinds) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(given); i++)
        if (!read_kind(plan, PyTuple_GET_ITEM(given, i), &events[i], &kinds[i])) return false;
    return true;
}

static PyObject *improvement_of(const Improvement *improvement) {
    PyObject *applied = PyTuple_New(improvement->length);
    for (uint32_t i = 0; applied && i < improvement->length; i++) {
        const Applied *each = &improvement->applied[i];
        put_in(&applied, i, Py_BuildValue("(LI)", (long long)each->number, each->kind));
    }
    return applied ? Py_BuildValue("(iN)", improvement->tier, applied) : NULL;
}

static PyObject *search_in(Kernel *kernel, const Account *account, const AdjustmentOf *kinds, uint32_t length) {
    Improvement found[PAIRED_MAX + 1];
    uint32_t number = 0;
    Account *base = account_trial(kernel->plan, account);
    const Evaluation *now = score_refresh(kernel->plan, 0, base, &kernel->norm);
    Search search = {.fold = {kernel->plan, &kernel->past}, .norm = &kernel->norm, .base = base, .tier = now->tier,
                     .value = now->value, .kinds_length = length, .kinds = kinds};
    bool can_rise = now->exists && now->tier + 1 < (int32_t)kernel->plan->score_plans[0].tiers.length;
    if (can_rise) number = find_improvements(&search, found);
    account_free(kernel->plan, base);
    packed_event_free(&search.packed);
    if (PyErr_Occurred()) return NULL;
    if (search.error) return PyErr_Format(PyExc_ValueError, "%s", search.error);
    PyObject *tuple = PyTuple_New(number);
    for (uint32_t i = 0; tuple && i < number; i++) put_in(&tuple, i, improvement_of(&found[i]));
    return tuple;
}

static PyObject *improvements(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    if (!has_arguments("improvements", given, 2, 2)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account) return NULL;
    if (!PyTuple_Check(arguments[1])) return PyErr_Format(PyExc_TypeError, "improvements takes a tuple of adjustments");
    uint32_t length = (uint32_t)PyTuple_GET_SIZE(arguments[1]);
    AdjustmentOf *kinds = take_memory(length, sizeof *kinds);
    Events *events = take_memory(length, sizeof *events);
    bool is_read = read_kinds(kernel->plan, arguments[1], events, kinds);
    PyObject *found = is_read ? search_in(kernel, account, kinds, length) : NULL;
    for (uint32_t i = 0; i < length; i++) Py_XDECREF(events[i].latest);
    give_memory(events);
    give_memory(kinds);
    return found;
}

PyMethodDef forecasting_methods[] = {
    {"crossing", (PyCFunction)(void (*)(void))crossing, METH_FASTCALL,
     "A fork at the next change of tier (number, until_ms), with the evaluation before; None for none."},
    {"improvements", (PyCFunction)(void (*)(void))improvements, METH_FASTCALL,
     "The smallest adjustments that lift a tier (number, kinds): ((tier, ((number, kind), ...)), ...)."},
    {NULL, NULL, 0, NULL},
};
