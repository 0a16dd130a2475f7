/* The records of accounts as they are sent: keys, ranks, checksums, the whole head. */
#include "../module/module.h"
#include "../state/marks.h"

#include <string.h>

#define KEPT_ROOM ((size_t)1 << 20) /* bytes that stay from one account to the next */

/* An own record's name in bytes: its number, then its kind. */
typedef struct {
    uint64_t number, kind;
} PackedName;

bool begin_writing(Kernel *kernel) {
    Writer *writer = &kernel->writer;
    if (writer->is_busy) return PyErr_Format(PyExc_RuntimeError, "another account is being written"), false;
    writer->is_busy = true;
    writer->plan = kernel->plan;
    return true;
}

void end_writing(Kernel *kernel) {
    Writer *writer = &kernel->writer;
    writer->is_busy = false;
    if (writer->out.room <= KEPT_ROOM) return;
    give_memory(writer->out.bytes);
    writer->out = (Out){0};
}

static bool is_name(const PackedName *name) {
    int64_t number = (int64_t)name->number;
    if (name->kind == OWN_ITEMS) return true;
    return name->kind < OWN_KINDS && number >= INT32_MIN && number <= UINT32_MAX;
}

/* The names of own records in bytes; `were_ordered` says whether they stand in them in their order. */
static bool names_in(Kernel *kernel, Text bytes, Names *into, bool *were_ordered) {
    into->length = 0;
    for (uint32_t at = 0; at < bytes.length; at += sizeof(PackedName)) {
        PackedName name = {.kind = OWN_KINDS};
        if (bytes.length - at >= sizeof name) memcpy(&name, bytes.bytes + at, sizeof name);
        if (!is_name(&name)) return PyErr_Format(PyExc_ValueError, "these are no names of own records"), false;
        uint32_t place = name.kind == OWN_ITEMS ? items_place(kernel->plan, name.number) : 0;
        add_name(into, (OwnKind)name.kind, name.number, place);
    }
    *were_ordered = !order_names(into);
    return true;
}

/* The names in bytes; None when they are those of `held`. */
static PyObject *names_or_none(Writer *writer, bool were_ordered) {
    const Names *own = &writer->own;
    bool is_same = were_ordered && own->length == writer->held.length;
    writer->words.length = 0;
    for (uint32_t each = 0; each < own->length; each++) {
        is_same = is_same && own->names[each].held != UINT32_MAX;
        put_word(&writer->words, own->names[each].number);
        put_word(&writer->words, own->names[each].kind);
    }
    if (is_same) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((const char *)writer->words.bytes, (Py_ssize_t)writer->words.length);
}

/* (key, record) */
static PyObject *own_pair(Writer *writer, const Account *account, Text id, RecordRank rank, const Name *name) {
    writer->out.length = 0;
    begin_record(&writer->out, rank);
    put_own(writer, account, name);
    end_record(&writer->out);
    size_t length = writer->out.length;
    put_own_key(&writer->out, name, id);
    const char *bytes = (const char *)writer->out.bytes;
    PyObject *pair = PyTuple_New(2);
    put_in(&pair, 0, PyBytes_FromStringAndSize(bytes + length, (Py_ssize_t)(writer->out.length - length)));
    put_in(&pair, 1, PyBytes_FromStringAndSize(bytes, (Py_ssize_t)length));
    return pair;
}

/* The own records to be written, by key. */
static PyObject *own_pairs(Writer *writer, const Account *account, Text id, RecordRank rank, int64_t how) {
    PyObject *list = PyList_New(0);
    for (uint32_t each = 0; list && each < writer->own.length; each++) {
        const Name *name = &writer->own.names[each];
        if (how == CHANGED && name->held != UINT32_MAX && !is_changed(account, name)) continue;
        PyObject *pair = own_pair(writer, account, id, rank, name);
        if (!pair || PyList_Append(list, pair) < 0) Py_CLEAR(list);
        Py_XDECREF(pair);
    }
    return list;
}

static PyObject *head_of(Kernel *kernel, const Account *account, const Heading *heading) {
    Writer *writer = &kernel->writer;
    writer->out.length = 0;
    const ScorePlanOf *primary = &kernel->plan->score_plans[0];
    begin_head(&writer->out, heading, &kernel->baseline, primary, score_judged(account->scores, 0));
    put_state(writer, account);
    end_record(&writer->out);
    return PyBytes_FromStringAndSize((const char *)writer->out.bytes, (Py_ssize_t)writer->out.length);
}

PyObject *records_of(Kernel *kernel, Account *account, Text id, Text held, int64_t how, const Heading *heading) {
    Writer *writer = &kernel->writer;
    bool were_ordered;
    if (!names_in(kernel, held, &writer->held, &were_ordered)) return NULL;
    choose_own(writer, account, how);
    PyObject *found = PyTuple_New(3);
    bool is_made = put_in(&found, 0, names_or_none(writer, were_ordered)) &&
                   put_in(&found, 1, own_pairs(writer, account, id, heading->rank, how)) &&
                   put_in(&found, 2, head_of(kernel, account, heading));
    if (is_made) forget_changes(account);
    return found;
}

/* write(number, id, offsets, held, how, epoch, version, due_at_ms, flush, tier, mrr, has_cases, opaque): the names of its own
 * records, None when they are those of `held`; those to be written, as (key, record); the head. */
static PyObject *write_whole(Kernel *kernel, PyObject *arguments) {
    PyObject *number, *offsets;
    Heading heading = {.judged = NULL};
    Py_ssize_t id, held, opaque;
    Text texts[3];
    short tier;
    int how, has_cases;
    unsigned long long epoch, version, due_at_ms, flush;
    if (!PyArg_ParseTuple(arguments, "Oy#Oy#iKKKKhdpy#:write", &number, &texts[0].bytes, &id, &offsets, &texts[1].bytes, &held,
                          &how, &epoch, &version, &due_at_ms, &flush, &tier, &heading.mrr, &has_cases, &texts[2].bytes, &opaque))
        return NULL;
    if (id > INT32_MAX || held > INT32_MAX || opaque > INT32_MAX || how < CHANGED || how > AT_REST)
        return PyErr_Format(PyExc_ValueError, "these are too many bytes, or there is no such way to write");
    if (epoch > UINT32_MAX || due_at_ms > INT64_MAX || tier < INT8_MIN || tier > INT8_MAX)
        return PyErr_Format(PyExc_ValueError, "a number is too great for a head");
    if (!begin_writing(kernel)) return NULL;
    heading.rank = (RecordRank){(uint32_t)epoch, version};
    heading.due_at_ms = (int64_t)due_at_ms;
    heading.flush = (int64_t)flush;
    heading.tier = tier;
    heading.has_cases = has_cases;
    heading.before = (Text){texts[2].bytes, (uint32_t)opaque};
    Text name = {texts[0].bytes, (uint32_t)id}, names = {texts[1].bytes, (uint32_t)held};
    Account *account = offsets_of(offsets, &kernel->writer.offsets) ? account_of(kernel, number) : NULL;
    PyObject *found = account ? records_of(kernel, account, name, names, how, &heading) : NULL;
    end_writing(kernel);
    return found;
}

/* --- the texts of a baseline --- */

/* Copies texts into memory that begins at `*at`. */
static Text *copied(PyObject *tuple, char **at) {
    Py_ssize_t length = PyTuple_GET_SIZE(tuple);
    Text *texts = take_memory((size_t)length, sizeof *texts);
    for (Py_ssize_t each = 0; each < length; each++) {
        PyObject *bytes = PyTuple_GET_ITEM(tuple, each);
        texts[each] = (Text){*at, (uint32_t)PyBytes_GET_SIZE(bytes)};
        memcpy(*at, PyBytes_AS_STRING(bytes), texts[each].length);
        *at += texts[each].length;
    }
    return texts;
}

/* A tuple of so many bytes; adds up how long they are. */
static bool are_texts(PyObject *tuple, Py_ssize_t length, size_t *size) {
    bool are = PyTuple_Check(tuple) && PyTuple_GET_SIZE(tuple) == length;
    for (Py_ssize_t each = 0; are && each < length; each++) {
        PyObject *bytes = PyTuple_GET_ITEM(tuple, each);
        are = PyBytes_Check(bytes) && PyBytes_GET_SIZE(bytes) <= UINT16_MAX;
        if (are) *size += (size_t)PyBytes_GET_SIZE(bytes);
    }
    if (!are) PyErr_Format(PyExc_ValueError, "a baseline has %zd texts here", length);
    return are;
}

/* name_baseline((begin,), tiers, parts) */
static PyObject *name_baseline(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    if (!has_arguments("name_baseline", given, 3, 3)) return NULL;
    const ScorePlanOf *primary = &kernel->plan->score_plans[0];
    size_t size = 0;
    uint32_t parts = primary->components_length + PARTS_OF_NONE;
    if (parts > PARTS_MAX) return PyErr_Format(PyExc_ValueError, "these are too many components");
    if (!are_texts(arguments[0], 1, &size) || !are_texts(arguments[1], primary->tiers.length, &size) ||
        !are_texts(arguments[2], parts, &size))
        return NULL;
    BaselineTexts *texts = &kernel->baseline;
    baseline_texts_free(texts);
    char *at = texts->memory = take_memory(size, 1);
    Text *begin = copied(arguments[0], &at);
    texts->begin = *begin;
    give_memory(begin);
    texts->tiers = copied(arguments[1], &at);
    texts->parts = copied(arguments[2], &at);
    texts->tiers_length = primary->tiers.length;
    texts->parts_length = parts;
    Py_RETURN_NONE;
}

PyMethodDef record_methods[] = {
    {"write", (PyCFunction)write_whole, METH_VARARGS, "An account's records as they are sent; see native/module/whole_records.c."},
    {"name_baseline", (PyCFunction)(void (*)(void))name_baseline, METH_FASTCALL,
     "The texts of a baseline ((begin,), by tier, by component and part)."},
    {NULL, NULL, 0, NULL},
};
