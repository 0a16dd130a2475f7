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

/* take(inputs, last_ms, most, as_of_ms, now_ms, until_ms, generation, room):
 * (why it stopped, messages taken, number of the account, topic, message at which it stopped, name and id of what is notable) */
PyObject *take_messages(PyWorker *self, PyObject *arguments) {
    PyObject *inputs;
    long long last_ms, as_of_ms, now_ms, until_ms;
    unsigned long long generation;
    unsigned int most, room;
    Worker *worker = &self->worker;
    if (!PyArg_ParseTuple(arguments, "OLILLLKI:take", &inputs, &last_ms, &most, &as_of_ms, &now_ms, &until_ms, &generation,
                          &room))
        return NULL;
    if (!is_inputs(inputs)) return PyErr_Format(PyExc_TypeError, "the loop takes Inputs");
    if (as_of_ms < 0 || as_of_ms > INSTANT_MAX || now_ms < 0 || now_ms > INSTANT_MAX)
        return PyErr_Format(PyExc_ValueError, "an instant in milliseconds must be from 0 to %lld", (long long)INSTANT_MAX);
    worker->accounts = self->kernel->accounts;
    worker->accounts_length = self->kernel->length;
    worker->as_of_ms = as_of_ms;
    worker->now_ms = now_ms;
    worker->until_ms = until_ms;
    worker->generation = generation + 1; /* that of an entry nobody listed is 0 */
    worker->room = room;
    PyInputs *of = (PyInputs *)inputs;
    Taken taken = {0, 0};
    Stop stop = take_inputs(worker, &of->inputs, last_ms, most, &taken);
    PyObject *named = named_at(worker, stop), *message = stopped_at(of, stop, &taken);
    for (int topic = 0; topic < INPUTS; topic++) release_batches(&of->inputs.queues[topic]);
    return Py_BuildValue("(iIIINN)", (int)stop, taken.number, worker->noted.number, taken.topic, message, named);
}
