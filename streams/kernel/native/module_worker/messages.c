/* What the loop takes of the inputs, for Python. */
#include "inputs_type.h"
#include "worker_type.h"

/* The message at which the loop stopped; one that is notable was applied, and leaves its queue. None where there is none. */
static PyObject *stopped_at(PyInputs *inputs, Stop stop, Taken *taken) {
    if (stop == STOP_END || stop == STOP_FULL) Py_RETURN_NONE;
    Queue *queue = &inputs->inputs.queues[taken->topic];
    PyObject *message = message_at(inputs, &queue->at);
    if (stop == STOP_NOTABLE) {
        queue_take(queue);
        taken->number++;
    }
    return message;
}

/* The name and the id of the event that is notable, which the decoder still has. None where there is none. */
static PyObject *named_at(const Worker *worker, Stop stop) {
    if (stop != STOP_NOTABLE) Py_RETURN_NONE;
    return Py_BuildValue("(NN)", text_of(asked_name(worker->decoder)), text_of(decoded_id(worker->decoder)));
}

typedef struct {
    PyWorker *worker;
    PyObject *begin;
} Asked;

/* Newcomers.begin: asks Python. False too when it raised. */
static bool ask_to_begin(void *owner, Text id, int64_t as_of_ms, uint32_t *number) {
    const Asked *asked = owner;
    int64_t found = -1;
    PyObject *begun = PyObject_CallFunction(asked->begin, "NL", text_of(id), (long long)as_of_ms);
    if (!begun) return false;
    bool is_begun = begun != Py_None && whole_of(begun, 0, UINT32_MAX, "the number of an account", &found) &&
                    account_of(asked->worker->kernel, begun);
    Py_DECREF(begun);
    *number = (uint32_t)found;
    adopt_accounts(asked->worker);
    return is_begun;
}

/* take(inputs, last_ms, most, as_of_ms, now_ms, until_ms, generation, room, begin):
 * (why it stopped, messages taken, number of the account, topic, message at which it stopped, name and id of what is notable).
 * begin(id, as_of_ms): the number of an account of this id, which it has begun; None when Python has to take its message. */
PyObject *take_messages(PyWorker *self, PyObject *arguments) {
    PyObject *inputs, *begin;
    long long last_ms, as_of_ms, now_ms, until_ms;
    unsigned long long generation;
    unsigned int most, room;
    Worker *worker = &self->worker;
    if (!PyArg_ParseTuple(arguments, "OLILLLKIO:take", &inputs, &last_ms, &most, &as_of_ms, &now_ms, &until_ms, &generation,
                          &room, &begin))
        return NULL;
    if (!is_inputs(inputs)) return PyErr_Format(PyExc_TypeError, "the loop takes Inputs");
    if (as_of_ms < 0 || as_of_ms > INSTANT_MAX || now_ms < 0 || now_ms > INSTANT_MAX)
        return PyErr_Format(PyExc_ValueError, "an instant in milliseconds must be from 0 to %lld", (long long)INSTANT_MAX);
    Asked asked = {self, begin};
    adopt_accounts(self);
    worker->newcomers = (Newcomers){ask_to_begin, &asked};
    worker->as_of_ms = as_of_ms;
    worker->now_ms = now_ms;
    worker->until_ms = until_ms;
    worker->generation = generation + 1; /* that of an entry nobody listed is 0 */
    worker->room = room;
    PyInputs *of = (PyInputs *)inputs;
    Taken taken = {0, 0};
    Stop stop = take_inputs(worker, &of->inputs, last_ms, most, &taken);
    worker->newcomers = (Newcomers){NULL, NULL};
    bool has_failed = PyErr_Occurred();
    PyObject *named = has_failed ? NULL : named_at(worker, stop);
    PyObject *message = has_failed ? NULL : stopped_at(of, stop, &taken);
    for (int topic = 0; topic < INPUTS; topic++) release_batches(&of->inputs.queues[topic]);
    if (has_failed) return NULL;
    return Py_BuildValue("(iIIINN)", (int)stop, taken.number, worker->noted.number, taken.topic, message, named);
}
