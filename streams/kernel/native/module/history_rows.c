/* What is shown of a history at one instant, for Python. */
#include "history.h"

#include <stdio.h>

static PyObject *bits_as_number(Bits bits) {
    char digits[33]; /* hexadecimal */
    if (!(bits >> 63)) return PyLong_FromLongLong((long long)bits);
    snprintf(digits, sizeof digits, "%016llx%016llx", (unsigned long long)(bits >> 64), (unsigned long long)bits);
    return PyLong_FromString(digits, NULL, 16);
}

/* (value, tier, coverage, provisional, judgements, evidence), or None without a score */
static PyObject *scored_of(const Evaluation *evaluation, const Judged *judged, uint32_t components) {
    if (!evaluation->exists) Py_RETURN_NONE;
    PyObject *tuple = PyTuple_New(6);
    bool is_made = put_in(&tuple, 0, PyFloat_FromDouble(evaluation->value)) &&
                   put_in(&tuple, 1, PyLong_FromLong(evaluation->tier)) &&
                   put_in(&tuple, 2, PyFloat_FromDouble(evaluation->coverage)) &&
                   put_in(&tuple, 3, PyBool_FromLong(evaluation->is_provisional)) &&
                   put_in(&tuple, 4, tuple_of_reals(judged->judgements, components)) &&
                   put_in(&tuple, 5, tuple_of_reals(judged->evidence, components));
    return is_made ? tuple : NULL;
}

static PyObject *facts_of(PyHistory *self, const ScorePlanOf *score_plan, PyObject *signals) {
    Py_ssize_t length = PyTuple_GET_SIZE(signals);
    PyObject *tuple = PyTuple_New(length);
    for (Py_ssize_t place = 0; tuple && place < length; place++) {
        int64_t signal, last = (int64_t)score_plan->signals_length - 1;
        if (!whole_of(PyTuple_GET_ITEM(signals, place), 0, last, "the number of a signal", &signal)) {
            Py_CLEAR(tuple);
            break;
        }
        Fact fact = signal_fact(self->history.plan, score_plan, self->history.account, (uint32_t)signal);
        put_in(&tuple, place, fact_of(&fact));
    }
    return tuple;
}

static Bits rules_of(PyHistory *self, const ScorePlanOf *score_plan, const Evaluation *evaluation) {
    if (evaluation->exists) return evaluation->triggered;
    Bits holding = 0;
    for (uint32_t rule = 0; rule < score_plan->rules_length; rule++)
        if (conditions_hold(self->history.plan, score_plan, self->history.account, &score_plan->rules[rule].when))
            holding |= (Bits)1 << rule;
    return holding;
}

PyObject *row_of(PyHistory *self, Py_ssize_t instant, PyObject *signals, PyObject *norms) {
    Kernel *kernel = self->kernel;
    const Plan *plan = kernel->plan;
    Account *account = self->history.account;
    if (signals == Py_None) return Py_BuildValue("(nN)", instant, norm_part_of(kernel, account));
    if (!PyTuple_Check(signals) || !PyTuple_Check(norms) || PyTuple_GET_SIZE(norms) <= instant)
        return PyErr_Format(PyExc_TypeError, "signals are a tuple, and there is a norm for each instant");
    if (!take_norm(kernel, PyTuple_GET_ITEM(norms, instant))) return NULL;
    const ScorePlanOf *primary = &plan->score_plans[0];
    const Evaluation *evaluation = score_refresh(plan, 0, account, &kernel->norm);
    PyObject *tuple = PyTuple_New(6);
    bool is_made = put_in(&tuple, 0, PyLong_FromSsize_t(instant)) && put_in(&tuple, 1, PyLong_FromLongLong(account->first_ms)) &&
                   put_in(&tuple, 2, scored_of(evaluation, score_judged(account->scores, 0), primary->components_length)) &&
                   put_in(&tuple, 3, PyLong_FromLong(evaluation->exists ? -1 : standing_of(plan, primary, account))) &&
                   put_in(&tuple, 4, bits_as_number(rules_of(self, primary, evaluation))) &&
                   put_in(&tuple, 5, facts_of(self, primary, signals));
    return is_made ? tuple : NULL;
}
