/* What the loop has done since Python last asked, for Python. */
#include "worker_type.h"

static PyObject *tuple_of_counts(const Done *done) {
    PyObject *tuple = PyTuple_New(INPUTS);
    for (uint32_t topic = 0; tuple && topic < INPUTS; topic++)
        put_in(&tuple, topic, tuple_of_numbers(done->counts[topic], COUNTS));
    return tuple;
}

static PyObject *tuple_of_touched(const Done *done) {
    PyObject *tuple = PyTuple_New(done->touched_length);
    for (uint32_t each = 0; tuple && each < done->touched_length; each++)
        put_in(&tuple, each, PyLong_FromUnsignedLong(done->touched[each]));
    return tuple;
}

static PyObject *tuple_of_timers(const Done *done) {
    PyObject *tuple = PyTuple_New(done->timers_length);
    for (uint32_t each = 0; tuple && each < done->timers_length; each++) {
        const TimerSet *set = &done->timers[each];
        put_in(&tuple, each, Py_BuildValue("(IL)", set->number, (long long)set->timer_ms));
    }
    return tuple;
}

static PyObject *tuple_of_placed(const Done *done) {
    PyObject *tuple = PyTuple_New(done->placed_length);
    for (uint32_t each = 0; tuple && each < done->placed_length; each++) {
        const Placed *placed = &done->placed[each];
        put_in(&tuple, each, Py_BuildValue("(ILd)", placed->number, (long long)placed->tier, placed->mrr));
    }
    return tuple;
}

/* None for nothing; else (as_of_ms, touched, timers, placed, counts by input, live events by input, last offsets by input) */
PyObject *take_done(PyWorker *self, PyObject *Py_UNUSED(none)) {
    Done *done = &self->worker.done;
    if (!done->is_any) Py_RETURN_NONE;
    PyObject *tuple = PyTuple_New(7);
    bool is_made = put_in(&tuple, 0, PyLong_FromLongLong(self->worker.as_of_ms)) &&
                   put_in(&tuple, 1, tuple_of_touched(done)) && put_in(&tuple, 2, tuple_of_timers(done)) &&
                   put_in(&tuple, 3, tuple_of_placed(done)) && put_in(&tuple, 4, tuple_of_counts(done)) &&
                   put_in(&tuple, 5, tuple_of_numbers(done->live, INPUTS)) &&
                   put_in(&tuple, 6, tuple_of_numbers(done->last_offset, INPUTS));
    empty_done(done);
    return is_made ? tuple : NULL;
}
