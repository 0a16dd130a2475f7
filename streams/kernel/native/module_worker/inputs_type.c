/* The inputs of a partition, for Python: the type `Inputs`. See native/worker/inputs.h. */
#include "inputs_type.h"

static PyObject *inputs_make(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    PyObject *make;
    if (named && PyDict_GET_SIZE(named)) return PyErr_Format(PyExc_TypeError, "Inputs takes its argument by place");
    if (!PyArg_ParseTuple(arguments, "O:Inputs", &make)) return NULL;
    if (!PyCallable_Check(make)) return PyErr_Format(PyExc_TypeError, "Inputs takes what makes a message");
    PyInputs *made = (PyInputs *)type->tp_alloc(type, 0);
    if (made) made->make = Py_NewRef(make);
    return (PyObject *)made;
}

void release_batches(Queue *queue) {
    for (void *owner; (owner = queue_release(queue));) Py_DECREF((PyObject *)owner);
}

static void inputs_dealloc(PyInputs *self) {
    PyTypeObject *type = Py_TYPE(self);
    for (int topic = 0; topic < QUEUES; topic++) {
        queue_clear(&self->inputs.queues[topic]);
        release_batches(&self->inputs.queues[topic]);
        queue_free(&self->inputs.queues[topic]);
    }
    Py_XDECREF(self->make);
    type->tp_free(self);
    Py_DECREF(type);
}

bool is_inputs(PyObject *object) { return Py_TYPE(object)->tp_dealloc == (destructor)inputs_dealloc; }

static Queue *queue_by(PyInputs *self, PyObject *number) {
    int64_t topic;
    if (!whole_of(number, 0, QUEUES - 1, "the number of a topic", &topic)) return NULL;
    return &self->inputs.queues[topic];
}

/* add(topic, batch, content, first_offset, count) */
static PyObject *add(PyInputs *self, PyObject *const *arguments, Py_ssize_t given) {
    Text content;
    int64_t first_offset, count;
    Queue *queue = has_arguments("add", given, 5, 5) ? queue_by(self, arguments[0]) : NULL;
    if (!queue || !bytes_of(arguments[2], &content) ||
        !whole_of(arguments[3], 0, INT64_MAX, "an offset", &first_offset) ||
        !whole_of(arguments[4], 0, UINT32_MAX, "a number of messages", &count))
        return NULL;
    PyObject *owner = PyTuple_Pack(2, arguments[1], arguments[2]);
    if (!owner) return NULL;
    QueuedBatch batch = {(const uint8_t *)content.bytes, content.length, first_offset, (uint32_t)count, owner};
    queue_add(queue, batch);
    release_batches(queue);
    Py_RETURN_NONE;
}

/* (whether there is a message, its time in milliseconds, whether the next one cannot be read) */
static PyObject *head(PyInputs *self, PyObject *topic) {
    const Queue *queue = queue_by(self, topic);
    if (!queue) return NULL;
    bool is_read = queue->at.state == HEAD_READ;
    return Py_BuildValue("(NLN)", PyBool_FromLong(is_read), is_read ? (long long)queue->at.head.time_ms : 0,
                         PyBool_FromLong(queue->at.state == HEAD_BROKEN));
}

/* (the most messages, bytes) */
static PyObject *held(PyInputs *self, PyObject *topic) {
    const Queue *queue = queue_by(self, topic);
    if (!queue) return NULL;
    return Py_BuildValue("(Kn)", (unsigned long long)queue_held(queue), (Py_ssize_t)queue->bytes);
}

/* run(topic, last_ms, most): the first message, and those behind it up to the first that is later; they stay */
static PyObject *run(PyInputs *self, PyObject *const *arguments, Py_ssize_t given) {
    int64_t last_ms, most;
    Queue *queue = has_arguments("run", given, 3, 3) ? queue_by(self, arguments[0]) : NULL;
    if (!queue || !whole_of(arguments[1], INT64_MIN, INT64_MAX, "a time", &last_ms) ||
        !whole_of(arguments[2], 1, UINT32_MAX, "a number of messages", &most))
        return NULL;
    QueuePlace place;
    PyObject *list = PyList_New(0);
    for (queue_begin(queue, &place); list && place.state == HEAD_READ && most--; queue_next(queue, &place)) {
        if (PyList_GET_SIZE(list) && place.head.time_ms > last_ms) break;
        PyObject *message = message_at(self, &place);
        if (!message || PyList_Append(list, message) < 0) Py_CLEAR(list);
        Py_XDECREF(message);
    }
    return list;
}

/* take(topic, number): takes this number of messages */
static PyObject *take(PyInputs *self, PyObject *const *arguments, Py_ssize_t given) {
    int64_t number;
    Queue *queue = has_arguments("take", given, 2, 2) ? queue_by(self, arguments[0]) : NULL;
    if (!queue || !whole_of(arguments[1], 0, UINT32_MAX, "a number of messages", &number)) return NULL;
    for (; number && queue->at.state == HEAD_READ; number--) queue_take(queue);
    release_batches(queue);
    if (number) return PyErr_Format(PyExc_ValueError, "there are fewer messages");
    Py_RETURN_NONE;
}

/* give_up(topic): (from which offset on the first batch was not read, all batches); they are held no more */
static PyObject *give_up(PyInputs *self, PyObject *topic) {
    Queue *queue = queue_by(self, topic);
    if (!queue) return NULL;
    long long from = queue->at.state == HEAD_BROKEN ? (long long)broken_from(queue) : 0;
    PyObject *list = PyList_New(0);
    for (uint32_t each = queue->at.item; list && each < queue->length; each++)
        if (PyList_Append(list, PyTuple_GET_ITEM((PyObject *)queue->items[each].owner, 0)) < 0) Py_CLEAR(list);
    if (!list) return NULL;
    queue_clear(queue);
    release_batches(queue);
    return Py_BuildValue("(LN)", from, list);
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)(void (*)(void))add, METH_FASTCALL, "Hold a batch of a topic, behind those that are held."},
    {"head", (PyCFunction)head, METH_O, "The next message of a topic: whether there is one, and its time."},
    {"held", (PyCFunction)held, METH_O, "The most messages of a topic that are held, and the bytes of their batches."},
    {"run", (PyCFunction)(void (*)(void))run, METH_FASTCALL, "The next messages of a topic, up to a time."},
    {"take", (PyCFunction)(void (*)(void))take, METH_FASTCALL, "Remove the next messages of a topic."},
    {"give_up", (PyCFunction)give_up, METH_O, "Give the batches of a topic back that were not read to their ends."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, inputs_make},
    {Py_tp_dealloc, inputs_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, "The messages of one partition that were read and not taken. See streams.engine.inputs."},
    {0, NULL},
};

PyType_Spec inputs_spec = {
    .name = "streams.kernel._native.Inputs",
    .basicsize = sizeof(PyInputs),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
