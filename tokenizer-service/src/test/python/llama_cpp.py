"""llama.cpp's tokenizer, as xllamacpp 2026.10.11549 carries it, through llama.cpp's own C functions."""

import ctypes
import os

import xllamacpp

_LIBRARY = ctypes.CDLL(os.path.join(os.path.dirname(xllamacpp.__file__), "xllamacpp.abi3.so"))


class _ModelParameters(ctypes.Structure):
    _fields_ = [
        ("devices", ctypes.c_void_p),
        ("tensor_buft_overrides", ctypes.c_void_p),
        ("n_gpu_layers", ctypes.c_int32),
        ("split_mode", ctypes.c_int),
        ("load_mode", ctypes.c_int),
        ("lazy_mode", ctypes.c_int),
        ("main_gpu", ctypes.c_int32),
        ("tensor_split", ctypes.c_void_p),
        ("progress_callback", ctypes.c_void_p),
        ("progress_callback_user_data", ctypes.c_void_p),
        ("kv_overrides", ctypes.c_void_p),
        ("vocab_only", ctypes.c_bool),
        ("others", ctypes.c_bool * 5),
    ]


_LOG = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
_LIBRARY.llama_model_default_params.restype = _ModelParameters
_LIBRARY.llama_model_load_from_file.restype = ctypes.c_void_p
_LIBRARY.llama_model_load_from_file.argtypes = [ctypes.c_char_p, _ModelParameters]
_LIBRARY.llama_model_free.argtypes = [ctypes.c_void_p]
_LIBRARY.llama_model_get_vocab.restype = ctypes.c_void_p
_LIBRARY.llama_model_get_vocab.argtypes = [ctypes.c_void_p]
_LIBRARY.llama_tokenize.argtypes = [
    ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.POINTER(ctypes.c_int32), ctypes.c_int32, ctypes.c_bool,
    ctypes.c_bool]
_log_lines = []
_keep_log = _LOG(lambda level, text, data: _log_lines.append(text.decode("utf-8", "replace")))
_LIBRARY.llama_log_set(_keep_log, None)


class Vocabulary:
    """The vocabulary of a GGUF file. Raises if llama.cpp doesn't know the file's pre-tokenizer and would guess."""

    def __init__(self, path):
        _log_lines.clear()
        parameters = _LIBRARY.llama_model_default_params()
        parameters.vocab_only = True
        self._model = _LIBRARY.llama_model_load_from_file(str(path).encode(), parameters)
        log = "".join(_log_lines)
        if not self._model or "unrecognized pre-tokenizer" in log:
            raise ValueError(f"llama.cpp can't read {path}:\n{log}")
        self._vocabulary = _LIBRARY.llama_model_get_vocab(self._model)

    def ids(self, text, add_special, parse_special):
        data = text.encode()
        room = len(data) + 16
        ids = (ctypes.c_int32 * room)()
        count = _LIBRARY.llama_tokenize(self._vocabulary, data, len(data), ids, room, add_special, parse_special)
        if count < 0:
            raise ValueError(f"{-count} ids for {len(data)} bytes")
        return list(ids[:count])

    def close(self):
        _LIBRARY.llama_model_free(self._model)
