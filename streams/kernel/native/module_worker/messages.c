/* The messages of a run, as Python has them. */
#include "worker_type.h"

#define LOG_APPEND_TIME 1 /* streams.message.LOG_APPEND_TIME */

bool intern_names(PyWorker *self) {
    static const char *const NAMES[ATTRIBUTES] = {"offset", "timestamp", "timestamp_type", "value", "headers"};
    for (int each = 0; each < ATTRIBUTES; each++)
        if (!(self->names[each] = PyUnicode_InternFromString(NAMES[each]))) return false;
    return true;
}

/* Who set the time of a message: None for nobody knows. */
static bool read_time_type(PyWorker *self, PyObject *message, bool *has_append_time) {
    PyObject *type = PyObject_GetAttr(message, self->names[TIMESTAMP_TYPE]);
    if (!type) return false;
    *has_append_time = PyLong_Check(type) && PyLong_AsLong(type) == LOG_APPEND_TIME;
    Py_DECREF(type);
    return !PyErr_Occurred();
}

static bool read_whole(PyObject *message, PyObject *name, int64_t *into) {
    PyObject *number = PyObject_GetAttr(message, name);
    bool is_read = number && whole_of(number, INT64_MIN, INT64_MAX, "a number of a message", into);
    Py_XDECREF(number);
    return is_read;
}

static bool has_headers(PyWorker *self, PyObject *message, bool *has_some) {
    PyObject *headers = PyObject_GetAttr(message, self->names[HEADERS]);
    int some = headers ? PyObject_IsTrue(headers) : -1;
    Py_XDECREF(headers);
    *has_some = some > 0;
    return some >= 0;
}

/* A message that is not plain is left to Python; its value lives as long as `value`. False with an exception. */
static bool read_message(PyWorker *self, PyObject *message, Input *input, PyObject **value, bool *is_plain) {
    bool has_some;
    *value = NULL;
    if (!has_headers(self, message, &has_some) || !read_whole(message, self->names[OFFSET], &input->offset) ||
        !read_whole(message, self->names[TIMESTAMP], &input->time_ms) ||
        !read_time_type(self, message, &input->has_append_time) ||
        !(*value = PyObject_GetAttr(message, self->names[VALUE])))
        return false;
    *is_plain = !has_some && PyBytes_CheckExact(*value) && PyBytes_GET_SIZE(*value) <= INT32_MAX;
    if (*is_plain) input->value = (Text){PyBytes_AS_STRING(*value), (uint32_t)PyBytes_GET_SIZE(*value)};
    return true;
}

/* Takes the messages from `*at` on, which moves behind what was taken. False with an exception. */
static bool take_run(PyWorker *self, const uint8_t *topics, PyObject *messages, Py_ssize_t *at, Stop *stop) {
    *stop = STOP_END;
    for (; *at < PySequence_Fast_GET_SIZE(messages); ++*at) {
        Input input = {.topic = topics[*at]};
        PyObject *value, *message = Py_NewRef(PySequence_Fast_GET_ITEM(messages, *at));
        bool is_plain = false, is_read = read_message(self, message, &input, &value, &is_plain);
        if (is_read) *stop = is_plain && input.topic < INPUTS ? take_message(&self->worker, &input) : STOP_BACK;
        Py_XDECREF(value);
        Py_DECREF(message);
        if (!is_read || *stop != STOP_END) return is_read;
    }
    return true;
}

/* take(topics, messages, at, as_of_ms, now_ms, until_ms, generation, room): (why it stopped, at, number of the account) */
PyObject *take_messages(PyWorker *self, PyObject *arguments) {
    const uint8_t *topics;
    PyObject *messages;
    Py_ssize_t length, at;
    long long as_of_ms, now_ms, until_ms;
    unsigned long long generation;
    unsigned int room;
    if (!PyArg_ParseTuple(arguments, "y#OnLLLKI:take", &topics, &length, &messages, &at, &as_of_ms, &now_ms, &until_ms,
                          &generation, &room))
        return NULL;
    bool is_run = PyList_CheckExact(messages) || PyTuple_CheckExact(messages);
    if (!is_run || length != PySequence_Fast_GET_SIZE(messages) || at < 0)
        return PyErr_Format(PyExc_ValueError, "a run is a list or a tuple of messages, with a topic for each");
    if (as_of_ms < 0 || as_of_ms > INSTANT_MAX || now_ms < 0 || now_ms > INSTANT_MAX)
        return PyErr_Format(PyExc_ValueError, "an instant in milliseconds must be from 0 to %lld", (long long)INSTANT_MAX);
    Worker *worker = &self->worker;
    Stop stop;
    worker->accounts = self->kernel->accounts;
    worker->accounts_length = self->kernel->length;
    worker->as_of_ms = as_of_ms;
    worker->now_ms = now_ms;
    worker->until_ms = until_ms;
    worker->generation = generation + 1; /* that of an entry nobody listed is 0 */
    worker->room = room;
    if (!take_run(self, topics, messages, &at, &stop)) return NULL;
    return Py_BuildValue("(inI)", (int)stop, at, worker->noted.number);
}
