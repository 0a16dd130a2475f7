/* Histories, for Python: the type `History`, over a kernel and a decoder of one plan. */
#include "history.h"

static PyObject *history_make(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    PyObject *kernel, *decoder;
    if (named && PyDict_GET_SIZE(named)) return PyErr_Format(PyExc_TypeError, "History takes its arguments by place");
    if (!PyArg_ParseTuple(arguments, "OO:History", &kernel, &decoder)) return NULL;
    if (!is_kernel(kernel) || !is_decoder(decoder))
        return PyErr_Format(PyExc_TypeError, "History takes a Kernel and a Decoder");
    PyHistory *made = (PyHistory *)type->tp_alloc(type, 0);
    if (!made) return NULL;
    made->kernel = (Kernel *)Py_NewRef(kernel);
    made->decoder = Py_NewRef(decoder);
    made->history = (History){.plan = made->kernel->plan, .decoder = decoder_in(decoder)};
    return (PyObject *)made;
}

static void history_dealloc(PyHistory *self) {
    PyTypeObject *type = Py_TYPE(self);
    if (self->kernel) {
        history_free(&self->history);
        Py_DECREF((PyObject *)self->kernel);
        Py_DECREF(self->decoder);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

/* step(number, packed event, from): what a bare event of a route changes; `from` has a byte for each effect. */
static PyObject *learn_step(PyHistory *self, PyObject *arguments) {
    unsigned int number;
    const char *bytes, *from;
    Py_ssize_t length, from_length;
    Kernel *kernel = self->kernel;
    if (!PyArg_ParseTuple(arguments, "Iy#y#:step", &number, &bytes, &length, &from, &from_length)) return NULL;
    if (number > STEPS_MAX) return PyErr_Format(PyExc_ValueError, "there are too many steps");
    const char *error = unpack_event(kernel->plan, (const uint8_t *)bytes, (size_t)length, &kernel->packed);
    if (error) return PyErr_Format(PyExc_ValueError, "%s", error);
    const FoldEvent *event = &kernel->packed.event;
    if (from_length != (Py_ssize_t)event->effects_length)
        return PyErr_Format(PyExc_ValueError, "each effect of a step says where its value comes from");
    for (uint32_t each = 0; each < event->effects_length; each++) {
        EffectKind kind = event->effects[each].kind;
        bool is_plain = kind == EFFECT_LATEST_AT || kind == EFFECT_FIRST_AT || kind == EFFECT_TOTAL ||
                        kind == EFFECT_COUNT || kind == EFFECT_VALUE;
        if (!is_plain || (uint8_t)from[each] >= FROM_KINDS || (from[each] && kind != EFFECT_VALUE))
            return PyErr_Format(PyExc_ValueError, "an event without properties has no such effect");
    }
    put_step(&self->history, number, event, (const uint8_t *)from);
    Py_RETURN_NONE;
}

/* --- one account --- */

/* The columns of an account, parallel: `length` events in the order in which they were known. */
typedef struct {
    Py_ssize_t length;
    const int64_t *known, *occurred;
    const uint32_t *routes;
    const uint64_t *prints, *users;
    PyObject *whole; /* a list of (topic, message) */
} Columns;

static bool column_of(Py_buffer *buffer, Py_ssize_t length, Py_ssize_t size) {
    if (buffer->len == length * size) return true;
    PyErr_SetString(PyExc_ValueError, "the columns of an account are of one length");
    return false;
}

/* The topic and the message of a whole event. */
static bool whole_event(const Columns *columns, uint64_t place, int64_t *topic, Text *message) {
    PyObject *event = place < (uint64_t)PyList_GET_SIZE(columns->whole) ? PyList_GET_ITEM(columns->whole, place) : NULL;
    if (!event || !PyTuple_Check(event) || PyTuple_GET_SIZE(event) != 2 || !PyBytes_Check(PyTuple_GET_ITEM(event, 1))) {
        PyErr_SetString(PyExc_ValueError, "a whole event is not there, or is no (topic, message)");
        return false;
    }
    PyObject *bytes = PyTuple_GET_ITEM(event, 1);
    *message = (Text){PyBytes_AS_STRING(bytes), (uint32_t)PyBytes_GET_SIZE(bytes)};
    return whole_of(PyTuple_GET_ITEM(event, 0), 0, UINT32_MAX, "the number of a topic", topic);
}

typedef enum { ADDED, LEFT, FAILED } Added;

bool learn_asked(PyHistory *self, PyObject *learn, uint32_t topic) {
    Text name = asked_name(self->history.decoder);
    PyObject *answer = PyObject_CallFunction(learn, "Is#", topic, name.bytes, (Py_ssize_t)name.length);
    if (!answer) return false;
    int is_learnt = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    return is_learnt > 0;
}

static Added add_event(PyHistory *self, const Columns *columns, Py_ssize_t place, PyObject *learn) {
    HistoryEvent event = {columns->known[place], columns->occurred[place], columns->prints[place], 0};
    uint32_t route = columns->routes[place];
    if (!(route & 1)) {
        event.user = columns->users[place];
        if (route >> 1 >= self->history.steps_length || !self->history.steps[route >> 1].is_known) {
            PyErr_Format(PyExc_LookupError, "the step %u is not known", route >> 1);
            return FAILED;
        }
        return history_add(&self->history, &event, route >> 1) ? ADDED : LEFT;
    }
    int64_t topic;
    Text message;
    bool asks = false;
    if (!whole_event(columns, columns->users[place], &topic, &message)) return FAILED;
    if (history_add_message(&self->history, &event, (uint32_t)topic, message, &asks)) return ADDED;
    if (asks && learn_asked(self, learn, (uint32_t)topic) &&
        history_add_message(&self->history, &event, (uint32_t)topic, message, &asks))
        return ADDED;
    return PyErr_Occurred() ? FAILED : LEFT;
}

/* Folds an account; returns its rows, or None when the reference has to. */
static PyObject *fold_account(PyHistory *self, const Columns *columns, PyObject *instants, PyObject *signals,
                              PyObject *norms, PyObject *learn) {
    Py_ssize_t done = 0, last = PyTuple_GET_SIZE(instants);
    PyObject *rows = PyList_New(0);
    if (!rows || !columns->length) return rows;
    history_begin(&self->history, columns->known[0]);
    for (Py_ssize_t instant = 0; instant < last; instant++) {
        int64_t instant_ms;
        if (!instant_of(PyTuple_GET_ITEM(instants, instant), &instant_ms)) goto failed;
        if (columns->known[0] > instant_ms) continue;
        history_move(&self->history, instant_ms);
        for (; done < columns->length && columns->known[done] <= instant_ms; done++) {
            Added added = add_event(self, columns, done, learn);
            if (added == FAILED) goto failed;
            if (added == ADDED) continue;
            Py_DECREF(rows);
            Py_RETURN_NONE;
        }
        PyObject *row = row_of(self, instant, signals, norms);
        if (!row || PyList_Append(rows, row) < 0) {
            Py_XDECREF(row);
            goto failed;
        }
        Py_DECREF(row);
    }
    return rows;
failed:
    Py_DECREF(rows);
    return NULL;
}

/* account(known, occurred, routes, prints, users, whole, instants, signals, norms, learn) */
static PyObject *account_history(PyHistory *self, PyObject *arguments) {
    Py_buffer known, occurred, routes, prints, users;
    PyObject *whole, *instants, *signals, *norms, *learn, *found = NULL;
    if (!PyArg_ParseTuple(arguments, "y*y*y*y*y*O!O!OOO:account", &known, &occurred, &routes, &prints, &users, &PyList_Type,
                          &whole, &PyTuple_Type, &instants, &signals, &norms, &learn))
        return NULL;
    Columns columns = {known.len / 8, known.buf, occurred.buf, routes.buf, prints.buf, users.buf, whole};
    bool is_fine = column_of(&occurred, columns.length, 8) && column_of(&routes, columns.length, 4) &&
                   column_of(&prints, columns.length, 8) && column_of(&users, columns.length, 8);
    if (is_fine) found = fold_account(self, &columns, instants, signals, norms, learn);
    PyBuffer_Release(&known);
    PyBuffer_Release(&occurred);
    PyBuffer_Release(&routes);
    PyBuffer_Release(&prints);
    PyBuffer_Release(&users);
    return found;
}

static PyMethodDef methods[] = {
    {"step", (PyCFunction)learn_step, METH_VARARGS, "What a bare event of a route changes (number, packed event, from)."},
    {"account", (PyCFunction)account_history, METH_VARARGS, "The rows of an account; see history.c."},
    {"tiers", (PyCFunction)tiers_of_history, METH_VARARGS, "The tier changes of an account; see tiers.c."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, history_make},
    {Py_tp_dealloc, history_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, "Folds the histories of accounts. See streams.kernel.history."},
    {0, NULL},
};

PyType_Spec history_spec = {
    .name = "streams.kernel._native.History",
    .basicsize = sizeof(PyHistory),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
