/* The module and its types. */
#include "module.h"

#include "../state/value_counts.h"

#include <string.h>

static PyObject *kernel_new(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    char *bytes;
    Py_ssize_t length;
    const char *error;
    PyObject *tables;
    if (named && PyDict_GET_SIZE(named)) return PyErr_Format(PyExc_TypeError, "Kernel takes one argument, by place");
    if (!PyArg_ParseTuple(arguments, "S:Kernel", &tables)) return NULL;
    if (PyBytes_AsStringAndSize(tables, &bytes, &length) < 0) return NULL;
    Plan *plan = plan_of((const uint8_t *)bytes, (size_t)length, &error);
    if (!plan) return PyErr_Format(PyExc_ValueError, "these are no tables of a plan: %s", error);
    Kernel *kernel = (Kernel *)type->tp_alloc(type, 0);
    if (!kernel) {
        plan_free(plan);
        return NULL;
    }
    kernel->plan = plan;
    kernel->writer.limits = LIMITS;
    begin_norm(kernel);
    return (PyObject *)kernel;
}

static void kernel_dealloc(Kernel *kernel) {
    PyTypeObject *type = Py_TYPE(kernel);
    if (kernel->plan) {
        give_accounts(kernel);
        packed_event_free(&kernel->packed);
        give_memory(kernel->norm.values);
        writer_free(&kernel->writer);
        baseline_texts_free(&kernel->baseline);
        answer_texts_free(&kernel->answers);
        for (uint32_t row = 0; row < ROWS; row++) give_memory(kernel->rows[row].items);
        plan_free(kernel->plan);
    }
    type->tp_free(kernel);
    Py_DECREF(type);
}

bool is_kernel(PyObject *object) { return Py_TYPE(object)->tp_dealloc == (destructor)kernel_dealloc; }

#define METHODS_MAX 64

/* Each table of methods is of one file; the type has one of them all. */
static PyMethodDef methods[METHODS_MAX + 1];

static void gather(uint32_t *length, const PyMethodDef *some) {
    for (; some->ml_name && *length < METHODS_MAX; some++) methods[(*length)++] = *some;
}

static PyType_Slot slots[] = {
    {Py_tp_new, kernel_new},
    {Py_tp_dealloc, kernel_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, "The accounts under one plan, folded natively. See streams.kernel.kernel."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "streams.kernel._native.Kernel",
    .basicsize = sizeof(Kernel),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* Nobody outside of the process knows how values are spread over hash tables. Once: tables may be there already. */
static int spread_at_random(void) {
    static bool is_done;
    if (is_done) return 0;
    PyObject *os = PyImport_ImportModule("os");
    PyObject *bytes = os ? PyObject_CallMethod(os, "urandom", "i", 8) : NULL;
    Py_XDECREF(os);
    if (!bytes) return -1;
    uint64_t multiplier = 0;
    if (PyBytes_Check(bytes) && PyBytes_GET_SIZE(bytes) == 8) memcpy(&multiplier, PyBytes_AS_STRING(bytes), 8);
    Py_DECREF(bytes);
    spread_by(multiplier);
    is_done = true;
    return 0;
}

static int add_type(PyObject *module, PyType_Spec *of, const char *name) {
    PyObject *type = PyType_FromModuleAndSpec(module, of, NULL);
    if (!type) return -1;
    int added = PyModule_AddObjectRef(module, name, type);
    Py_DECREF(type);
    return added;
}

static int execute(PyObject *module) {
    uint32_t length = 0;
    if (spread_at_random() < 0) return -1;
    gather(&length, account_methods);
    gather(&length, judging_methods);
    gather(&length, forecasting_methods);
    gather(&length, reading_methods);
    gather(&length, answering_methods);
    gather(&length, sign_methods);
    gather(&length, series_methods);
    gather(&length, writing_methods);
    gather(&length, record_methods);
    gather(&length, answer_methods);
    gather(&length, signal_methods);
    gather(&length, restoring_methods);
    if (add_type(module, &spec, "Kernel") < 0 || add_type(module, &decoder_spec, "Decoder") < 0) return -1;
    if (add_type(module, &history_spec, "History") < 0 || add_type(module, &sorter_spec, "Sorter") < 0) return -1;
    if (add_type(module, &inputs_spec, "Inputs") < 0) return -1;
    return add_type(module, &worker_spec, "Worker");
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, execute},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "streams.kernel._native",
    .m_doc = "The kernel's extension. Use streams.kernel.kernel.",
    .m_methods = batch_functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
