/* The first pass of a replay, for Python: the type `Sorter`, over a decoder. See native/replay/sorter.h. */
#include "../replay/sorter.h"
#include "module.h"

typedef struct {
    PyObject_HEAD
    PyObject *decoder;
    PyObject **whole; /* by partition: a list of (topic, line) */
    Sorter sorter;
} PySorter;

#define PARTITIONS_MAX 65536

static void keep_whole(void *self, uint32_t partition, uint32_t topic, Text line) {
    PyObject *event = Py_BuildValue("(Iy#)", topic, line.bytes, (Py_ssize_t)line.length);
    if (!event || PyList_Append(((PySorter *)self)->whole[partition], event) < 0) fault("there is no memory left");
    Py_DECREF(event);
}

static PyObject *sorter_make(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    PyObject *decoder;
    unsigned int partitions;
    int is_in_order;
    long long now_ms, last_ms;
    const char *key;
    Py_ssize_t key_length;
    if (named && PyDict_GET_SIZE(named)) return PyErr_Format(PyExc_TypeError, "Sorter takes its arguments by place");
    if (!PyArg_ParseTuple(arguments, "OIpLLy#:Sorter", &decoder, &partitions, &is_in_order, &now_ms, &last_ms, &key,
                          &key_length))
        return NULL;
    if (!is_decoder(decoder) || !partitions || partitions > PARTITIONS_MAX || key_length != sizeof(SipKey))
        return PyErr_Format(PyExc_ValueError, "Sorter takes a Decoder, a number of partitions and a key of 16 bytes");
    PySorter *made = (PySorter *)type->tp_alloc(type, 0);
    if (!made) return NULL;
    made->decoder = Py_NewRef(decoder);
    memcpy(&made->sorter.key, key, sizeof(SipKey));
    made->sorter.is_in_order = is_in_order;
    made->sorter.now_ms = now_ms;
    made->sorter.last_ms = last_ms;
    made->sorter.keep_whole = keep_whole;
    made->sorter.self = made;
    sorter_begin(&made->sorter, decoder_in(decoder), partitions);
    made->whole = take_memory(partitions, sizeof *made->whole);
    for (uint32_t each = 0; each < partitions; each++) {
        made->whole[each] = PyList_New(0);
        if (!made->whole[each]) fault("there is no memory left");
    }
    return (PyObject *)made;
}

static void sorter_dealloc(PySorter *self) {
    PyTypeObject *type = Py_TYPE(self);
    for (uint32_t each = 0; self->whole && each < self->sorter.partitions; each++) Py_XDECREF(self->whole[each]);
    give_memory(self->whole);
    sorter_free(&self->sorter);
    Py_XDECREF(self->decoder);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *begin(PySorter *self, PyObject *latest) {
    int64_t latest_ms;
    if (!whole_of(latest, -FAR, FAR, "the time of the latest event", &latest_ms)) return NULL;
    begin_block(&self->sorter, latest_ms);
    Py_RETURN_NONE;
}

/* lines(text, at): (why it stopped, at, end, topic, name of the route that is asked for or None) */
static PyObject *lines(PySorter *self, PyObject *arguments) {
    const char *bytes;
    Py_ssize_t length, at;
    if (!PyArg_ParseTuple(arguments, "y#n:lines", &bytes, &length, &at)) return NULL;
    if (at < 0 || at > length + 1 || length > UINT32_MAX / 2)
        return PyErr_Format(PyExc_ValueError, "a text has less than 2 GB, and lines begin in it");
    size_t from = (size_t)at, end = (size_t)length;
    LinesStop stop = sort_lines(&self->sorter, (Text){bytes, (uint32_t)length}, &from, &end);
    PyObject *name = Py_NewRef(Py_None);
    if (stop == LINES_ASK_ROUTE) Py_SETREF(name, text_of(asked_name(self->sorter.decoder)));
    return Py_BuildValue("(innIN)", (int)stop, (Py_ssize_t)from, (Py_ssize_t)end, self->sorter.asked_topic, name);
}

/* route(topic, name, number, keeps_bare, keeps_others, bare_until, others_until) */
static PyObject *learn_route_of(PySorter *self, PyObject *arguments) {
    const char *name;
    Py_ssize_t length;
    unsigned int topic, number;
    int keeps_bare, keeps_others;
    long long bare_until, others_until;
    if (!PyArg_ParseTuple(arguments, "Is#IppLL:route", &topic, &name, &length, &number, &keeps_bare, &keeps_others,
                          &bare_until, &others_until))
        return NULL;
    SortedRoute route = {.name = {name, (uint32_t)length}, .topic = topic, .number = number};
    route.keeps_bare = keeps_bare;
    route.keeps_others = keeps_others;
    route.bare_until = bare_until;
    route.others_until = others_until;
    put_route_of(&self->sorter, &route);
    Py_RETURN_NONE;
}

/* add(account, route, topic, occurred, known, print, user print, line or None): an event that Python has read */
static PyObject *add_row(PySorter *self, PyObject *arguments) {
    const char *id;
    Py_ssize_t length;
    unsigned int route, topic;
    long long occurred, known;
    unsigned long long print, user;
    PyObject *line;
    if (!PyArg_ParseTuple(arguments, "y#IILLKKO:add", &id, &length, &route, &topic, &occurred, &known, &print, &user, &line))
        return NULL;
    const SortedAccount *account = sorted_account(&self->sorter, (Text){id, (uint32_t)length});
    if (line != Py_None) {
        if (!PyBytes_Check(line)) return PyErr_Format(PyExc_TypeError, "a line is bytes");
        user = self->sorter.rows[account->partition].whole++;
        Text text = {PyBytes_AS_STRING(line), (uint32_t)PyBytes_GET_SIZE(line)};
        keep_whole(self, account->partition, topic, text);
    }
    LineEvent event = {.at_ms = occurred, .id_print = print};
    put_row(&self->sorter, account, 2 * route + (line != Py_None), &event, known, user);
    Py_RETURN_NONE;
}

static PyObject *knows(PySorter *self, PyObject *id) {
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(id, &bytes, &length) < 0) return NULL;
    return PyBool_FromLong(knows_account(&self->sorter, (Text){bytes, (uint32_t)length}));
}

/* (latest, first, last, lines, events) of the block; `line` and `latest` are given back where Python took a line. */
static PyObject *state(PySorter *self, PyObject *Py_UNUSED(none)) {
    const Sorter *sorter = &self->sorter;
    return Py_BuildValue("(LLLKK)", (long long)sorter->latest_ms, (long long)sorter->first_at_ms,
                         (long long)sorter->last_at_ms, (unsigned long long)sorter->lines,
                         (unsigned long long)sorter->events);
}

static PyObject *set_latest(PySorter *self, PyObject *latest) {
    int64_t latest_ms;
    if (!whole_of(latest, -FAR, FAR, "the time of the latest event", &latest_ms)) return NULL;
    self->sorter.latest_ms = latest_ms;
    self->sorter.lines++;
    Py_RETURN_NONE;
}

static PyObject *id_of_account(const SortedAccount *account) {
    return PyUnicode_DecodeUTF8(account->id.bytes, account->id.length, "surrogatepass");
}

static bool append(PyObject *list, PyObject *item) {
    bool is_appended = item && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return is_appended;
}

static PyObject *fresh(PySorter *self, PyObject *Py_UNUSED(none)) {
    PyObject *ids = PyList_New(0);
    for (uint32_t each = self->sorter.fresh; ids && each < self->sorter.accounts_length; each++)
        if (!append(ids, id_of_account(&self->sorter.accounts[each]))) Py_CLEAR(ids);
    self->sorter.fresh = self->sorter.accounts_length;
    return ids;
}

/* By partition, the ids of its accounts by number: they are made in this order. */
static PyObject *names(PySorter *self, PyObject *Py_UNUSED(none)) {
    PyObject *found = PyList_New(0);
    for (uint32_t each = 0; found && each < self->sorter.partitions; each++)
        if (!append(found, PyList_New(0))) Py_CLEAR(found);
    for (uint32_t each = 0; found && each < self->sorter.accounts_length; each++) {
        const SortedAccount *account = &self->sorter.accounts[each];
        if (!append(PyList_GET_ITEM(found, account->partition), id_of_account(account))) Py_CLEAR(found);
    }
    return found;
}

static PyObject *bytes_of_rows(const void *rows, uint32_t length, size_t size) {
    return PyBytes_FromStringAndSize(rows, (Py_ssize_t)(length * size));
}

/* A list of (partition, accounts, routes, occurred, known, prints, users, whole events) with what was sorted. */
static PyObject *take_rows(PySorter *self, PyObject *Py_UNUSED(none)) {
    PyObject *found = PyList_New(0);
    for (uint32_t each = 0; found && each < self->sorter.partitions; each++) {
        Rows *rows = &self->sorter.rows[each];
        if (!rows->length) continue;
        PyObject *fresh_list = PyList_New(0);
        if (!fresh_list) fault("there is no memory left");
        PyObject *tuple = Py_BuildValue(
            "(INNNNNNN)", each, bytes_of_rows(rows->accounts, rows->length, 4), bytes_of_rows(rows->routes, rows->length, 4),
            bytes_of_rows(rows->occurred, rows->length, 8), bytes_of_rows(rows->known, rows->length, 8),
            bytes_of_rows(rows->prints, rows->length, 8), bytes_of_rows(rows->users, rows->length, 8), self->whole[each]);
        self->whole[each] = fresh_list;
        empty_rows(rows);
        if (!tuple || PyList_Append(found, tuple) < 0) Py_CLEAR(found);
        Py_XDECREF(tuple);
    }
    return found;
}

static PyMethodDef methods[] = {
    {"begin", (PyCFunction)begin, METH_O, "Begin a block after an event at this time."},
    {"lines", (PyCFunction)lines, METH_VARARGS, "Sort the lines of a text from a place on: why and where it stopped."},
    {"route", (PyCFunction)learn_route_of, METH_VARARGS, "What becomes of the events of a topic and name."},
    {"add", (PyCFunction)add_row, METH_VARARGS, "Put an event that Python has read into its columns."},
    {"knows", (PyCFunction)knows, METH_O, "Whether some event of an account was kept."},
    {"state", (PyCFunction)state, METH_NOARGS, "Latest, first and last event, lines and events of the block."},
    {"took", (PyCFunction)set_latest, METH_O, "Note that Python took a line; the time of the latest event now."},
    {"fresh", (PyCFunction)fresh, METH_NOARGS, "The accounts that were not told of yet."},
    {"names", (PyCFunction)names, METH_NOARGS, "By partition, the ids of its accounts by number."},
    {"take", (PyCFunction)take_rows, METH_NOARGS, "The columns of what was sorted, by partition."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, sorter_make},
    {Py_tp_dealloc, sorter_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, "Sorts the lines of files of events by account. See streams.kernel.lines."},
    {0, NULL},
};

PyType_Spec sorter_spec = {
    .name = "streams.kernel._native.Sorter",
    .basicsize = sizeof(PySorter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
