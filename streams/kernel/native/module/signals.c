/* Some signals of an account for Python: what causes and adjustments are made of. */
#include "module.h"

static PyObject *behind_of(const Plan *plan, const ScorePlanOf *score_plan, Account *account, uint32_t number) {
    uint32_t room = behind_room(plan, &score_plan->signals[number]);
    if (!room) return PyTuple_New(0);
    int64_t *numbers = take_memory(room, sizeof *numbers);
    uint32_t length = signal_behind(plan, score_plan, account, number, numbers);
    PyObject *tuple = tuple_of_numbers(numbers, length);
    give_memory(numbers);
    return tuple;
}

/* (its fact, an instant as a text; the whole numbers behind it) */
static PyObject *signal_of(const Plan *plan, const ScorePlanOf *score_plan, Account *account, PyObject *place) {
    int64_t number;
    if (!whole_of(place, 0, (int64_t)score_plan->signals_length - 1, "the number of a signal", &number)) return NULL;
    Fact fact = signal_fact(plan, score_plan, account, (uint32_t)number);
    PyObject *pair = PyTuple_New(2);
    put_in(&pair, 0, fact_of(&fact));
    put_in(&pair, 1, behind_of(plan, score_plan, account, (uint32_t)number));
    return pair;
}

/* (number, score plan, numbers of signals) */
static PyObject *signals(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t number;
    if (!has_arguments("signals", given, 3, 3)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    const ScorePlanOf *score_plan = account ? score_plan_by(kernel, arguments[1], &number) : NULL;
    if (!score_plan) return NULL;
    if (!PyTuple_Check(arguments[2])) return PyErr_Format(PyExc_TypeError, "signals takes a tuple of numbers of signals");
    Py_ssize_t length = PyTuple_GET_SIZE(arguments[2]);
    PyObject *tuple = PyTuple_New(length);
    for (Py_ssize_t i = 0; tuple && i < length; i++)
        put_in(&tuple, i, signal_of(kernel->plan, score_plan, account, PyTuple_GET_ITEM(arguments[2], i)));
    return tuple;
}

static PyObject *age(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    return account ? PyLong_FromLongLong(age_ms(kernel->plan, account)) : NULL;
}

PyMethodDef signal_methods[] = {
    {"signals", (PyCFunction)(void (*)(void))signals, METH_FASTCALL,
     "(fact, what is behind it) of signals (number, score plan, numbers of signals)."},
    {"age_ms", (PyCFunction)age, METH_O, "Milliseconds since the first event, from bucket to bucket."},
    {NULL, NULL, 0, NULL},
};
