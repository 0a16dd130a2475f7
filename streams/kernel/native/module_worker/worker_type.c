/* The loop of a worker, for Python: the type `Worker`, over a kernel and a decoder. See native/worker/worker.h. */
#include "worker_type.h"

#include <string.h>

static bool draw_key(SipKey *key) {
    PyObject *os = PyImport_ImportModule("os");
    PyObject *bytes = os ? PyObject_CallMethod(os, "urandom", "i", (int)sizeof *key) : NULL;
    Py_XDECREF(os);
    bool is_drawn = bytes && PyBytes_Check(bytes) && PyBytes_GET_SIZE(bytes) == sizeof *key;
    if (is_drawn) memcpy(key, PyBytes_AS_STRING(bytes), sizeof *key);
    Py_XDECREF(bytes);
    return is_drawn;
}

static PyObject *worker_make(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    PyObject *kernel, *decoder;
    int is_event_clock;
    long long mrr_signal;
    if (named && PyDict_GET_SIZE(named)) return PyErr_Format(PyExc_TypeError, "Worker takes its arguments by place");
    if (!PyArg_ParseTuple(arguments, "OOpL:Worker", &kernel, &decoder, &is_event_clock, &mrr_signal))
        return NULL;
    if (!is_kernel(kernel) || !is_decoder(decoder))
        return PyErr_Format(PyExc_TypeError, "Worker takes a Kernel and a Decoder");
    const Plan *plan = ((Kernel *)kernel)->plan;
    if (mrr_signal < -1 || mrr_signal >= (long long)plan->score_plans[0].signals_length)
        return PyErr_Format(PyExc_ValueError, "there is no signal with the number %lld", mrr_signal);
    PyWorker *made = (PyWorker *)type->tp_alloc(type, 0);
    if (!made) return NULL;
    made->kernel = (Kernel *)Py_NewRef(kernel);
    made->decoder = Py_NewRef(decoder);
    made->worker = (Worker){.plan = plan,
                            .past = &made->kernel->past,
                            .norm = &made->kernel->norm,
                            .decoder = decoder_in(decoder),
                            .is_event_clock = is_event_clock,
                            .mrr_signal = mrr_signal};
    worker_begin(&made->worker);
    if (draw_key(&made->worker.entries.key)) return (PyObject *)made;
    Py_DECREF(made);
    return NULL;
}

static void worker_dealloc(PyWorker *self) {
    PyTypeObject *type = Py_TYPE(self);
    if (self->kernel) {
        worker_free(&self->worker);
        Py_DECREF((PyObject *)self->kernel);
        Py_DECREF(self->decoder);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

/* --- accounts --- */

void adopt_accounts(PyWorker *self) {
    self->worker.accounts = self->kernel->accounts;
    self->worker.accounts_length = self->kernel->length;
}

/* enter(number, id, applied, heard_ms, timer_ms, matters_due_ms, tier, low, high, mrr, version): the account as Python knows it
 * now; the version of its evaluation is -1 without a score. */
static PyObject *enter(PyWorker *self, PyObject *arguments) {
    PyObject *number;
    const char *id;
    Py_ssize_t length;
    long long applied[INPUTS], heard_ms, timer_ms, matters_due_ms, tier, version;
    double low, high, mrr;
    if (!PyArg_ParseTuple(arguments, "Oy#(LLLL)LLLLdddL:enter", &number, &id, &length, &applied[0], &applied[1],
                          &applied[2], &applied[3], &heard_ms, &timer_ms, &matters_due_ms, &tier, &low, &high, &mrr, &version))
        return NULL;
    Account *account = account_of(self->kernel, number);
    if (!account) return NULL;
    uint32_t place = (uint32_t)PyLong_AsUnsignedLong(number), other;
    Text text = {id, (uint32_t)length};
    if (length > INT32_MAX || (find_entry(&self->worker.entries, text, &other) && other != place))
        return PyErr_Format(PyExc_ValueError, "another account has this id, or it is too long");
    Entry *entry = entry_for(&self->worker.entries, place, text);
    for (uint32_t topic = 0; topic < INPUTS; topic++) entry->applied[topic] = applied[topic];
    entry->heard_ms = heard_ms;
    entry->timer_ms = timer_ms;
    entry->low = low;
    entry->high = high;
    entry->mrr = mrr;
    entry->matters_due_ms = matters_due_ms;
    entry->tier = tier;
    entry->is_judged = version >= 0;
    entry->version = entry->is_judged ? (uint64_t)version : score_held(account->scores, 0)->version;
    Py_RETURN_NONE;
}

Entry *entered(PyWorker *self, PyObject *number, uint32_t *into) {
    int64_t found;
    if (!whole_of(number, 0, UINT32_MAX, "the number of an account", &found)) return NULL;
    *into = (uint32_t)found;
    Entry *entry = entry_of(&self->worker.entries, *into);
    if (!entry) PyErr_Format(PyExc_LookupError, "the account with the number %lld has not entered", (long long)found);
    return entry;
}

static PyObject *leave(PyWorker *self, PyObject *number) {
    uint32_t place;
    if (!entered(self, number, &place)) return NULL;
    drop_entry(&self->worker.entries, place);
    Py_RETURN_NONE;
}

/* (evaluation, judgements, evidence); None without a score, and when it is the one of `version`. */
static PyObject *judged_of(const Worker *worker, const Evaluation *evaluation, const Judged *judged, int64_t version) {
    if (!evaluation->exists || (int64_t)evaluation->version == version) Py_RETURN_NONE;
    uint32_t components = worker->plan->score_plans[0].components_length;
    PyObject *tuple = PyTuple_New(3);
    bool is_made = put_in(&tuple, 0, evaluation_of(evaluation)) &&
                   put_in(&tuple, 1, tuple_of_reals(judged->judgements, components)) &&
                   put_in(&tuple, 2, tuple_of_reals(judged->evidence, components));
    return is_made ? tuple : NULL;
}

/* caught_up(number, version): None when Python has seen all; else (applied, heard_ms, what was judged last, what the last look recorded). */
static PyObject *caught_up(PyWorker *self, PyObject *arguments) {
    PyObject *number;
    long long version;
    uint32_t place;
    if (!PyArg_ParseTuple(arguments, "OL:caught_up", &number, &version)) return NULL;
    Entry *entry = entered(self, number, &place);
    Account *account = entry ? account_of(self->kernel, number) : NULL;
    if (!account) return NULL;
    if (!entry->is_behind) Py_RETURN_NONE;
    const Evaluation *held = score_held(account->scores, 0);
    bool is_seen = !entry->is_judged || (int64_t)entry->version == version;
    if (held->version != entry->version && !is_seen)
        return PyErr_Format(PyExc_RuntimeError, "an account was judged before it caught up");
    entry->is_behind = false;
    PyObject *judged = Py_NewRef(Py_None);
    if (!is_seen)
        Py_SETREF(judged, judged_of(&self->worker, held, score_judged(account->scores, 0), version));
    return Py_BuildValue("(NLNN)", tuple_of_numbers(entry->applied, INPUTS), (long long)entry->heard_ms, judged,
                         take_looked(entry));
}

/* noted(version): (applied, heard_ms, what was judged before, what the last look recorded, whether it is late, whether it is history) of the
 * account and the message at which the loop stopped. */
static PyObject *noted_event(PyWorker *self, PyObject *given) {
    int64_t version;
    const Noted *noted = &self->worker.noted;
    if (!whole_of(given, -1, INT64_MAX, "a version", &version)) return NULL;
    Entry *entry = entry_of(&self->worker.entries, noted->number);
    if (!entry) return PyErr_Format(PyExc_LookupError, "the loop stopped at no account");
    entry->is_behind = false;
    return Py_BuildValue("(NLNNNN)", tuple_of_numbers(entry->applied, INPUTS), (long long)entry->heard_ms,
                         judged_of(&self->worker, &noted->before, &noted->judged, version), take_looked(entry),
                         PyBool_FromLong(noted->is_late), PyBool_FromLong(noted->is_history));
}

static PyObject *set_unsent(PyWorker *self, PyObject *slots) {
    Worker *worker = &self->worker;
    if (!PyTuple_Check(slots)) return PyErr_Format(PyExc_TypeError, "the slots of sources are a tuple");
    uint32_t length = (uint32_t)PyTuple_GET_SIZE(slots);
    uint32_t *read = take_memory(length, sizeof *read);
    for (uint32_t each = 0; each < length; each++) {
        int64_t slot;
        if (!whole_of(PyTuple_GET_ITEM(slots, each), 0, (int64_t)worker->plan->latest_at.length - 1, "a slot", &slot)) {
            give_memory(read);
            return NULL;
        }
        read[each] = (uint32_t)slot;
    }
    give_memory(worker->unsent);
    worker->unsent = read;
    worker->unsent_length = length;
    Py_RETURN_NONE;
}

/* fire(number, due_ms): (what was done, the next timer) */
static PyObject *fire(PyWorker *self, PyObject *const *arguments, Py_ssize_t given) {
    uint32_t place;
    int64_t due_ms;
    if (!has_arguments("fire", given, 2, 2) || !instant_of(arguments[1], &due_ms)) return NULL;
    Entry *entry = entered(self, arguments[0], &place);
    if (!entry) return NULL;
    adopt_accounts(self);
    Fired fired = fire_timer(&self->worker, place, due_ms);
    return Py_BuildValue("(iL)", (int)fired, (long long)entry->timer_ms);
}

static PyMethodDef methods[] = {
    {"enter", (PyCFunction)enter, METH_VARARGS, "Let the loop change an account, which is as Python says."},
    {"track", (PyCFunction)set_tracks, METH_VARARGS, "What looks at an account that has entered only record."},
    {"set_bounds", (PyCFunction)set_bounds, METH_O, "The scores at which a look at an account with tracks is due."},
    {"leave", (PyCFunction)leave, METH_O, "The loop changes the account no more."},
    {"caught_up", (PyCFunction)caught_up, METH_VARARGS, "What Python has not seen of an account."},
    {"set_unsent", (PyCFunction)set_unsent, METH_O, "The slots of sources that no account has sent yet."},
    {"take", (PyCFunction)take_messages, METH_VARARGS, "Take messages of the inputs: why and where it stopped."},
    {"fire", (PyCFunction)(void (*)(void))fire, METH_FASTCALL, "Advance an account to its timer, and set the next one."},
    {"write", (PyCFunction)write_records, METH_VARARGS, "The records of accounts as they are sent; see native/module_worker/records.c."},
    {"answer", (PyCFunction)answer_about, METH_VARARGS, "The answers about accounts; see native/module_worker/records.c."},
    {"noted", (PyCFunction)noted_event, METH_O, "What Python needs of a notable event."},
    {"done", (PyCFunction)take_done, METH_NOARGS, "What was done since the last call."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, worker_make},
    {Py_tp_dealloc, worker_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, "The loop of a worker over the accounts of one kernel. See streams.kernel.worker."},
    {0, NULL},
};

PyType_Spec worker_spec = {
    .name = "streams.kernel._native.Worker",
    .basicsize = sizeof(PyWorker),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
