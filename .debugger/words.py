"""A Tensor, a Shape or a Function in words, for gdb and for lldb: read from the program's memory, without running any
of its code. So it works at every stop, in core dumps, and on a tensor that is not constructed yet.

    r = Tensor [2, 1] {2, 3}, made by linear
    W = Tensor [128, 2] "0.weight" {0.1, -0.3, 0.2, ..., 0.5, 0.1, -0.7}, given, requires grad

`via` is the debugger (gantry_gdb.py, gantry_lldb.py) and knows how to
    field(value, 'a.b')    number(value)     text(std::string)    items(std::vector)    memory(address, bytes)
    follow(pointer)        the thing pointed at; None for a null pointer
    class_of(pointer)      the name of the class that the object really has
    real_size()            4 or 8
Each raises an exception when the memory cannot be read.
"""
import re
import struct

SHOWN = 3  # numbers at each end of a long tensor
NOT_YET = 'not constructed yet'


def sizes(via, shape):
    rank = via.number(via.field(shape, 'rank_'))
    if not 0 <= rank <= 4:
        raise ValueError(NOT_YET)
    all_sizes = via.integers(via.field(shape, 'sizes_'), 4)[:rank]
    if any(size < 0 or size > 1 << 40 for size in all_sizes):
        raise ValueError(NOT_YET)
    return all_sizes


def shape_text(via, value):
    return '[' + ', '.join(str(size) for size in sizes(via, value)) + ']'


def shape(via, value):
    try:
        return shape_text(via, value)
    except Exception:  # printing a variable must never fail
        return NOT_YET


def needs(via, value):
    """Which inputs of an operation need a gradient."""
    try:
        bits = via.number(via.field(value, 'bits_'))
    except Exception:
        return NOT_YET
    return '{%s}' % ', '.join('inputs[%d]' % i for i in range(64) if bits >> i & 1)


def count(all_sizes):
    product = 1
    for size in all_sizes:
        product *= size
    return product


def reals(via, address, first, last):
    """The numbers first .. last - 1 of a tensor."""
    size = via.real_size()
    data = via.memory(address + first * size, (last - first) * size) if last > first else b''
    return struct.unpack('=%d%s' % (last - first, 'f' if size == 4 else 'd'), data)


def numbers(via, body):
    total = count(sizes(via, via.field(body, 'shape')))
    block = via.follow(via.field(body, 'storage.block_'))
    if block is None:
        return '{}'
    address = via.number(via.field(block, 'numbers'))
    if total <= 2 * SHOWN + 2:
        words = ['%.6g' % x for x in reals(via, address, 0, total)]
    else:
        ends = reals(via, address, 0, SHOWN), reals(via, address, total - SHOWN, total)
        words = ['%.6g' % x for x in ends[0]] + ['...'] + ['%.6g' % x for x in ends[1]]
    return '{' + ', '.join(words) + '}'


def operation(via, maker):
    """'leaky_relu' for an object of class gantry::LeakyReluBackward."""
    name = via.class_of(maker).split('::')[-1]
    name = re.sub('Backward$', '', name)
    return re.sub('(?<=[a-z0-9])(?=[A-Z])', '_', name).lower()


def body_of(via, tensor):
    """None if the tensor is undefined; raises if it cannot be one."""
    body = via.follow(via.field(tensor, 'body_'))
    if body is not None and not 0 < via.number(via.field(body, 'owners')) < 1 << 24:
        raise ValueError(NOT_YET)
    return body


def title(via, body):
    name = via.text(via.field(body, 'name'))
    return shape_text(via, via.field(body, 'shape')) + (' "%s"' % name if name else '')


def tensor(via, value):
    try:
        body = body_of(via, value)
        if body is None:
            return 'undefined'
        text = 'Tensor %s %s' % (title(via, body), numbers(via, body))
        maker = via.field(body, 'maker')
        if via.follow(maker) is not None:
            text += ', made by ' + operation(via, maker)
        else:
            text += ', given' + (', requires grad' if via.number(via.field(body, 'requires_grad')) else '')
        gradient = body_of(via, via.field(body, 'grad'))
        return text + (', grad ' + numbers(via, gradient) if gradient is not None else '')
    except Exception:  # whatever a debugger raises: printing a variable must never fail
        return NOT_YET


def function(via, pointer):
    """linear([2, 1] "x", [1, 1] "w") -> [2, 1]"""
    try:
        f = via.follow(pointer)
        if f is None:
            return 'none'
        inputs = ', '.join(title(via, body_of(via, x)) for x in via.items(via.field(f, 'inputs')))
        made = title(via, via.follow(via.field(f, 'output_body')))
        return '%s(%s) -> %s' % (operation(via, pointer), inputs, made)
    except Exception:
        return NOT_YET


def history(via, value, depth=8):
    """The operations that made a tensor, youngest first, indented by distance: lines of text, and for each the class of
    its maker, or None."""
    told = set()

    def tell(x, level):
        body = body_of(via, x)
        if body is None:
            yield 'undefined', None
            return
        key = via.number(via.field(x, 'body_'))
        maker = via.field(body, 'maker')
        f = via.follow(maker)
        line = '    ' * level + '%s  %s %s' % (operation(via, maker) if f is not None else 'given', title(via, body),
                                               numbers(via, body))
        again = f is not None and key in told
        yield line + ('  (see above)' if again else ''), via.class_of(maker) if f is not None and not again else None
        told.add(key)
        if f is None or again:
            return
        if level + 1 == depth:
            yield '    ' * (level + 1) + '...', None
            return
        for input_ in via.items(via.field(f, 'inputs')):
            yield from tell(input_, level + 1)

    yield from tell(value, 0)
