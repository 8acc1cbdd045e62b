"""Small templates, one construct each, with the variables they see."""

CONTEXT = {
    "s": "Hello, Wörld! 👋🏽",
    "n": 42,
    "big": 123456789012345678901234567890,
    "x": 2.5,
    "t": True,
    "none_": None,
    "empty": "",
    "l": [3, 1, 2],
    "words": ["banana", "Apple", "cherry", "apple"],
    "d": {"b": 2, "a": 1, "c": {"x": [1, 2.0, None, True, "q'\"\\\n"]}},
    "users": [
        {"name": "Bo", "age": 30, "tags": ["x"], "address": {"city": "Oslo"}},
        {"name": "al", "age": 25, "tags": [], "address": {"city": "Rome"}},
        {"name": "Cy", "age": 30, "address": {}},
    ],
    "text": "  line one\n\tline two\r\nline three  ",
    "html": "<b>\"Tom\" & 'Jerry'</b>",
}


def exprs(block):
    return ["{{ " + line.strip() + " }}" for line in block.strip().splitlines() if line.strip()]


EXPRESSIONS = [
    # white space
    "a\n{% if true %}\nb\n{% endif %}\nc\n",
    "a\n  {% if true %}  \n  b\n  {% endif %}\nc\n\n",
    "a\n  {%- if true -%}  \n  b\n  {%- endif -%}\n c",
    "a\n  {%+ if true +%}\n  b\n  {%+ endif +%}\n c",
    "  {{ 1 }}  \n  {{- 2 -}}  \n  {{ 3 }}\n",
    "a {# comment #} b\n{# line #}\nc\n  {# indented #}\nd {#- x -#} e\n  {#+ y +#}\nf",
    "{#\n many\n lines #}\nx",
    "x{% set a = 1 %}\ny{{ a }}\n\n",
    "\n\n{% set a = 1 %}\n\n{{ a }}",
    "{% raw %}{{ x }} {% if %}{% endraw %}|{% raw -%}  y  {%- endraw %}",
    "a\n  {% raw %}\n  b\n  {% endraw %}\nc",
    "{%- raw -%} {# no #} {%- endraw -%} z",
    "a\r\nb\rc\r\n",
    "{% for i in [1,2] %}\n  {{ i }}\n{% endfor %}\n",
    "{% for i in [1,2] -%}\n  {{ i }}\n{%- endfor %}\n",
    "\t {% if 1 %}x{% endif %}\u00a0{% if 1 %}y{% endif %}",
    "{{ '{{' }}{{ \"}}\" }}{{ '%}' }}",
    "{{- ' a ' -}} b {{+ 1 }}",
    "{% if true %}a{%- endif %}   \n b",
    "x {%- set y = 1 %} z",
    "{{ {'a': {'b': 1}}['a']['b'] }}{{ {} }}",
    "a{{ 1 -}}\n\n b",
    "{",
    "{ {% if 1 %}%{% endif %} }",
    "{{ 1 }",
    "{{ 1",
    "{% if %}",
    "{% if 1 %}",
    "{% endif %}",
    "{% for %}",
    "{% unknown %}",
    "{# open",
    "{% raw %} open",
    "{{ 'open }}",
    "{{ ) }}",
    "{{ (1] }}",
    "{{ 1 + }}",
    "{{ a b }}",
    "{{ $ }}",
    "{% set 1 = 2 %}",
    "{% set true = 2 %}",
    "{% set x %}",
    "{% for loop in [1] %}{% endfor %}",
    "{% for i in [1] %}{% set loop = 1 %}{% endfor %}",
    "{% macro m(a=1, b) %}{% endmacro %}",
    "{% break %}",
    "{% include 'x' %}",
    "{{ }}",
    "{% call 1 %}{% endcall %}",
    # statements
    "{% if n > 50 %}a{% elif n > 40 %}b{% else %}c{% endif %}",
    "{% if none_ %}a{% elif empty %}b{% elif [] %}c{% elif {} %}d{% elif 0 %}e{% elif 0.0 %}f{% else %}g{% endif %}",
    "{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}|{% endfor %}",
    "{% for i in l %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }};{% endfor %}",
    "{% for i in l %}{{ loop.previtem is defined }}{{ loop.nextitem is undefined }}{% endfor %}",
    "{% for i in [] %}x{% else %}none{% endfor %}",
    "{% for i in [1,2,3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in [1,2,3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in [1] %}{% break %}{% else %}else{% endfor %}",
    "{% for i in [1,2] %}{% continue %}{% else %}else{% endfor %}",
    "{% for i in [1,2,3,4] if i is even %}{{ i }}:{{ loop.index }}/{{ loop.length }}{{ loop.last }};{% endfor %}",
    "{% for i in [1,2,3,4] if i > 9 %}{{ i }}{% else %}none{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k in d %}{{ k }}{% endfor %}",
    "{% for k, v in d|dictsort %}{{ k }}{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{% endfor %}",
    "{% for c in 'a👋b' %}[{{ c }}]{% endfor %}",
    "{% for i in range(3) %}{{ i }}{% endfor %}{{ i }}",
    "{% for i in none_ %}{% endfor %}",
    "{% for i in undefined_ %}x{% else %}y{% endfor %}",
    "{% for i in 5 %}{% endfor %}",
    "{% for i in [1,[2,[3]]] recursive %}{{ loop.depth }}{{ loop.depth0 }}{% if i is iterable %}({{ loop(i) }}){% else %}{{ i }}{% endif %}{% endfor %}",
    "{% for i in [1] %}{{ loop([2]) }}{% endfor %}",
    "{% for i in [1,2,3,4] %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for i in [1,1,2,2,1] %}{{ loop.changed(i) }}{% endfor %}",
    "{% for i in [1,2] %}{% for j in [3,4] %}{{ loop.index }}{{ i }}{{ j }} {% endfor %}{{ loop.index }}{% endfor %}",
    "{% for i in [1,2] %}{% set outer = loop %}{% for j in [3,4] %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{{ loop }}",
    "{% for m in users %}{{ m.name if not loop.last else 'last' }}{{ ', ' if not loop.last }}{% endfor %}",
    "{% set a = 1 %}{% for i in [1,2] %}{% set a = a + i %}{{ a }}{% endfor %}{{ a }}",
    "{% set a = 1 %}{% if true %}{% set a = 2 %}{% endif %}{{ a }}",
    "{% set ns = namespace(a=1, b='x') %}{% for i in [1,2] %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}",
    "{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns['b'] }}",
    "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{% set ns = {} %}{% set ns.x = 1 %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = [1, 2] %}{{ a }}{{ b }}",
    "{% set (a, b), c = (1, 2), 3 %}{{ a }}{{ b }}{{ c }}",
    "{% set a = 1, %}{{ a }}",
    "{% set a %}x{{ n }}y{% endset %}[{{ a }}]",
    "{% set a | upper | replace('X', 'z') %}x{{ n }}y{% endset %}[{{ a }}]",
    "{% set a %}{% set b = 1 %}{{ b }}{% endset %}{{ a }}{{ b is defined }}",
    "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}",
    "{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}",
    "{% set a = 5 %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% filter upper %}a{{ s }}b{% endfilter %}",
    "{% filter replace('a', 'b') | upper %}banana{% endfilter %}",
    "{% filter indent(2, true) %}a\nb{% endfilter %}",
    "{% macro m(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, 3) }}|{{ m(1, c=5) }}|{{ m(b=1, a=2) }}|{{ m() }}",
    "{% macro m(a, b=a) %}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x=2) }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, k=4) }}",
    "{% macro m() %}{{ caller() }}!{% endmacro %}{% call m() %}body{{ n }}{% endcall %}",
    "{% macro m() %}{{ caller(1, b=2) }}!{% endmacro %}{% call(a, b=5) m() %}{{ a }}{{ b }}{% endcall %}",
    "{% macro m() %}{% if caller is defined %}{{ caller() }}{% else %}no{% endif %}{% endmacro %}{{ m() }}",
    "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
    "{% macro m(x) %}{% if x > 0 %}{{ x }}{{ m(x - 1) }}{% endif %}{% endmacro %}{{ m(5) }}",
    "{% macro m() %}{{ later }}{% endmacro %}{% set later = 1 %}{{ m() }}",
    "{% macro m() %}{{ n }}{% set n = 1 %}{{ n }}{% endmacro %}{{ m() }}{{ n }}",
    "{% for i in [1,2] %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% macro m(x) -%}\n  {{ x }}\n{%- endmacro %}[{{ m(1) }}]{{ m(1) | length }}{{ m(2) ~ m(3) }}",
    "{% macro m() %}{% endmacro %}{{ m.name }}{{ m.arguments }}",
    "{% generation %}x{{ n }}{% endgeneration %}",
    "{% autoescape false %}{{ html }}{% endautoescape %}",
    "{% block a %}x{{ n }}{% endblock %}",
    "{% print n, s %}",
    "{% if true: %}x{% endif %}",
    "{{ raise_exception('no ' ~ n) }}",
    "{{ raise_exception(none_) }}",
    "{{ strftime_now('%Y-%m-%d %H:%M:%S %d %b %B %a %A %j %y %p %I %-d %-m %e %% %Z %U %w %W %u %V %G %D %F %T %R %h %C %f %x %X %c') }}",
    "{{ cycler('a', 'b').next() }}",
    "{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ c.current }}",
    "{% set j = joiner('|') %}{{ j() }}a{{ j() }}b{{ j() }}c",
    "{{ dict(a=1, b=2) }}{{ dict([('x', 1)]) }}{{ dict({'a': 1}, a=2) }}",
    "{{ n if t }}|{{ n if not t }}|{{ (n if not t) is defined }}",
    "{{ 1 if false else 2 if false else 3 }}",
    "{{ undefined_ }}|{{ undefined_.x is defined }}",
    "{{ d.zz }}|{{ d.zz is defined }}|{{ d.zz.y }}",
    "{{ d['zz'] is none }}{{ l[9] is defined }}{{ s.foo is defined }}{{ none_.x is defined }}{{ n.x is defined }}",
] + exprs(r"""
1
-1
--1
+1
1_000
0x1f
0b101
0o17
1.5
1e3
1.5e-3
1E10
1_0.5
1.
.5
1.0
100000000000000000.0
1e16
123456789012345.678
0.0001
0.00001
1e-7
5e-324
1.7976931348623157e308
1e400
-0.0
0.1 + 0.2
3.14159265358979
1/3
big
big * big
big // 7
big % 97
big / 3
2 ** 100
2 ** -1
2 ** 0.5
2 ** 3 ** 2
-2 ** 2
(-2) ** 2
7 // 2
-7 // 2
7 // -2
7 % 3
-7 % 3
7 % -3
7.5 // 2
-7.5 // 2
-7.5 % 2
7.5 % -2
7 / 2
6 / 2
1 / 0
1 // 0
1 % 0
1.0 / 0
1.0 // 0
1.0 % 0
True + 1
True * 2.5
1 + 1.0
1 - 2 - 3
2 * 3 + 4 * 5
1 + 2 ~ 3
1 ~ 2 + 3
'a' ~ 1 ~ none ~ true ~ [1] ~ undefined_
'a' + 'b'
'a' + 1
1 + 'a'
'a' * 3
3 * 'ab'
'a' * -1
[1] * 2
[1] + [2]
(1,) + (2,)
[1] + (2,)
[1] - [1]
none + 1
undefined_ + 1
'a' + undefined_
-'a'
-none
-undefined_
+true
not 1
not not 1
not undefined_
1 and 2
0 and 2
1 or 2
0 or ''
none or 'x'
'' or [] or {}
1 < 2
1 < 2 < 3
1 < 3 < 2
1 < 2 > 1
3 > 2 >= 2 != 1
1 == 1.0
1 == true
'1' == 1
none == none
none == false
[1, 2] == [1, 2]
[1] == (1,)
{'a': 1} == {'a': 1.0}
'a' < 'b'
'a' < 'B'
'é' > 'z'
'\U0001F600' > '\uFF5E'
[1, 2] < [1, 3]
[1] < [1, 0]
(1, 'a') < (1, 'b')
1 < 'a'
none < 1
[1] < ['a']
undefined_ < 1
undefined_ == undefined_
undefined_ == none
1 in [1, 2]
1.0 in [1, 2]
true in [1]
'a' in 'abc'
'' in 'abc'
1 in 'abc'
'a' not in 'abc'
'a' in d
'zz' not in d
1 in none
1 in 5
1 in undefined_
undefined_ in [1]
'x' in undefined_
none in [none]
2 in range(3)
'a' in d.keys()
1 in d.values()
('a', 1) in d.items()
not 1 in [1]
not 'x' is defined
not x is defined
not x is defined and true
x is defined
x is not defined
x is none
none is none
none_ is not none
1 is number
1.5 is number
true is number
'1' is number
1 is integer
true is integer
1.0 is integer
1.0 is float
1 is float
true is boolean
1 is boolean
true is true
1 is true
false is false
'a' is string
1 is string
[] is sequence
'a' is sequence
{} is sequence
(1,) is sequence
5 is sequence
none is sequence
undefined_ is sequence
d.items() is sequence
range(3) is sequence
[] is mapping
{} is mapping
[] is iterable
'a' is iterable
5 is iterable
none is iterable
undefined_ is iterable
d.keys() is iterable
range is callable
5 is callable
1 is odd
2 is odd
2 is even
2.0 is even
2.5 is even
'a' is odd
9 is divisibleby 3
9 is divisibleby(2)
9 is divisibleby 0
1 is eq 1
1 is equalto 2
1 is ne 2
1 is lt 2
1 is lessthan 2
1 is le 1
1 is gt 2
1 is greaterthan 0
1 is ge 1
1 is == 1
1 is in [1, 2]
3 is in [1, 2]
1 is not in [1]
1 is sameas 1
true is sameas true
1 is sameas true
none is sameas none
'abc' is lower
'ABC' is upper
'Abc' is lower
'123' is lower
'a1' is lower
'upper' is filter
'nope' is filter
'odd' is test
'nope' is test
'a' is escaped
1 is nope
1 is defined is none
n is none or n > 3
n is divisibleby 2 and true
[1, 2][0]
[1, 2][-1]
[1, 2][2]
[1, 2]['0']
(1, 2)[1]
'abc'[1]
'a👋b'[1]
'a👋b'[-1]
'abc'[5]
{'a': 1}.a
{'a': 1}['a']
{1: 'x'}[1]
{1: 'x'}[true]
{1: 'x'}[1.0]
{'items': 5}.items is callable
{'items': 5}['items']
{'get': 5}.get is callable
d.get('a')
d.get('zz')
d.get('zz', 7)
d.get()
d.c.x[4]
d.c['x'].0
users.0.name
users[0].address.city
users[2].address.city
l.append(4)
l.pop
d.update({})
d.pop('a')
d.copy()
d.__class__
s.__class__
s._x
''.__class__.__mro__
[1, 2, 3][1:]
[1, 2, 3][:1]
[1, 2, 3][::-1]
[1, 2, 3][::2]
[1, 2, 3][-2:]
[1, 2, 3][:-1]
[1, 2, 3][5:]
[1, 2, 3][2:0:-1]
[1, 2, 3][::0]
[1, 2, 3][-100:100]
l['a':]
(1, 2, 3)[1:]
'héllo👋!'[1:]
'héllo👋!'[::-1]
'héllo👋!'[-2:]
'héllo👋!'[::2]
'héllo👋!'[4:1:-1]
range(10)[2:5]
range(10)[::-2]
range(5)[1]
none_[1:]
undefined_[1:]
d[1:]
n[1:]
l[0:none_]
[1, 'a', none, true, 1.5, [2], (3,), {'k': 'v'}]
(1,)
()
(1, 2)
[]
{}
{'a': [1, {'b': ()}]}
['it''s']
["it's", 'say "x"', "both ' and \""]
['\n\t\r\\', '\x00\x1f\x7f', 'é', '\u200b', '\xa0', '👋', '\U000f0000', '\ud800']
'a' 'b'
"a\'b"
'\x41\u0042\U00000043\103\N{BULLET}\q\
x'
'\xZZ'
range(3)
range(1, 10, 3)
range(0)
range(5, 0, -2) | list
range(100001)
range('a')
range()
range(1, 2, 0)
range(3) | length
range(1000000)|length
d
d.items()
d.keys()
d.values()
d.items() | list
d | list
d | items | list
n | items | list
undefined_ | items | list
d | length
s | length
none | length
5 | length
l | map('string') | length
undefined_ | length
l | count
l | first
l | last
[] | first
[] | last
'abc' | first
'abc' | last
'a👋' | last
d | first
d | last
range(3) | last
l | map('string') | last
l | sort
l | sort(reverse=true)
words | sort
words | sort(case_sensitive=true)
words | sort(true, true)
users | sort(attribute='age') | map(attribute='name') | list
users | sort(attribute='age,name') | map(attribute='name') | list
users | sort(attribute='age', reverse=true) | map(attribute='name') | list
[1, 'a'] | sort
[none, 1] | sort
[[2, 1], [1, 2]] | sort
['b', 'ä', 'Z', '👋'] | sort
words | unique | list
words | unique(case_sensitive=true) | list
users | unique(attribute='age') | map(attribute='name') | list
[[1], [1]] | unique | list
[1, 1.0, true] | unique | list
l | min
l | max
words | min
words | max
[] | min
users | max(attribute='age')
users | min(attribute='name')
l | sum
[1.5, 2] | sum
[] | sum
[[1], [2]] | sum(start=[])
users | sum(attribute='age')
users | sum('age', 10)
['a'] | sum
l | join
l | join(', ')
l | join(d=', ')
users | join(', ', attribute='name')
[none, true, 1.5] | join('-')
'abc' | join('-')
d | join(',')
undefined_ | join(',')
5 | join
l | reverse | list
'abc👋' | reverse
l | map('string') | reverse
[1,2,3,4,5] | batch(2) | list
[1,2,3,4,5] | batch(2, 'x') | list
[1,2,3,4,5] | slice(2) | list
[1,2,3,4,5] | slice(3, 'x') | list
users | groupby('age') | list
users | groupby('address.city', default='?') | map('first') | list
users | map(attribute='name') | list
users | map(attribute='tags', default='none') | list
users | map(attribute='address.city') | list
users | map(attribute='tags.0') | list
users | map('length') | list
words | map('upper') | list
words | map('replace', 'a', 'o') | list
words | map('default') | list
words | map | list
words | map('nope') | list
l | select | list
[0, 1, '', 'a', none] | select | list
[0, 1, '', 'a', none] | reject | list
l | select('odd') | list
l | select('gt', 1) | list
l | select('>', 1) | list
l | reject('odd') | list
l | select('in', [1, 2]) | list
l | select('nope') | list
users | selectattr('tags') | map(attribute='name') | list
users | selectattr('age', 'equalto', 30) | map(attribute='name') | list
users | selectattr('age', '==', 30) | list | length
users | selectattr('tags', 'defined') | list | length
users | rejectattr('age', 'eq', 30) | map(attribute='name') | list
users | selectattr('address.city', 'eq', 'Oslo') | list | length
users | selectattr('name', 'in', ['Bo']) | first
users | selectattr | list
none | select | list
5 | select | list
undefined_ | map('upper') | list
(users | selectattr('age', 'eq', 30) | list)[0].name
s | upper
s | lower
'straße ŉ ﬁ İ' | upper
'ΑΣ ΑΣΑ' | lower
s | capitalize
'éCOLE' | capitalize
'ßa ﬁb' | capitalize
"hello wOrld it's a-b (c) [d] {e} <f>" | title
"hello wOrld it's a-b".title()
'ßs ǆx' | title
text | trim
text | trim | length
'xxaxx' | trim('x')
'xyaxy' | trim('yx')
none | trim
5 | trim
[1] | trim
undefined_ | trim
5 | upper
none | upper
s | replace('l', 'L')
s | replace('l', 'L', 1)
'aaa' | replace('', '-')
'aaa' | replace('', '-', 2)
'aaa' | replace('aa', 'b')
123 | replace(2, 'x')
'abc' | replace('b')
text | indent
text | indent(2)
text | indent(2, true)
text | indent(2, true, true)
text | indent('> ')
'a\n\nb\n' | indent(2)
'' | indent(2, true)
'a\n\nb' | indent(2, blank=true)
5 | indent
'a b c d e f g h' | truncate(9)
'a b c d e f g h' | truncate(9, true)
'a b c d e f g h' | truncate(9, true, '…')
'a b c d e f g h' | truncate(9, leeway=0)
'abcdefghijklmnop' | truncate(5, leeway=0)
'abc' | center(9)
'abcd' | center(9)
'abc'.center(8, '*')
'abcd'.center(9, '*')
'ab c-d é_1' | wordcount
'%s-%d-%05.1f-%x-%r' | format('a', 5, 2.25, 255, 'q')
'%(a)s' | format(a=1)
'%s' | format
'%s %s' % ('a', 1)
'%s' % 'a'
'%s' % [1]
'%d' % 3.7
'%d' % 'a'
'%i|%5d|%-5d|%05d|%+d|% d' % (1, 2, 3, 4, 5, 6)
'%f|%.2f|%8.3f|%-8.1f|%e|%.2e|%g|%g' % (1.5, 2.345, 3.14159, 2.25, 12345.678, 0.00012, 1e10, 0.0001)
'%x|%X|%o|%#x|%c|%c' % (255, 255, 8, 255, 65, 'b')
'%5s|%-5s|%.2s|%r' % ('a', 'b', 'cde', 'f')
'100%%' % ()
'%(a)s %(b)d' % {'a': 'x', 'b': 2}
'%s' % ()
'%s' % (1, 2)
'%q' % 1
'%' % 1
'a' % 1
'%.3s|%5.1s|' % ('abcdef', 'xyz')
'{} {}'.format(1, 'a')
'{0} {1} {0}'.format(1, 2)
'{a} {b[k]} {c.name}'.format(a=1, b={'k': 2}, c={'name': 3})
'{:>5}|{:<5}|{:^5}|{:*^7}|{:05d}|{:+d}'.format('a', 'b', 'c', 'd', 42, 7)
'{:.2f} {:,} {:_} {:x} {:#x} {:b} {:e} {:%} {:g} {:.3}'.format(3.14159, 1234567, 1234567, 255, 255, 5, 12345.6789, 0.25, 1e-5, 2.0)
'{:d}'.format('a')
'{!r} {!s}'.format('a', 'b')
'{:{w}}|'.format('a', w=5)
'{{}} {}'.format(1)
'{}'.format()
'{x}'.format(y=1)
'{'.format()
'}'.format()
'{0.__class__}'.format(1)
'{}'.format(none)
'{:5}|{:5}|{:5}|'.format(true, 1.5, 'x')
'{:,.2f} {:08.3f} {:+.1e}'.format(1234567.891, -3.14159, 12345.678)
'{:.0f} {:.0f} {:.1f}'.format(0.5, 1.5, 0.25)
'{} {}'.format(1e16, 1.0)
'{a}'.format_map({'a': 1})
html | e
html | escape
html | safe
html | forceescape
html | e | e
(html | safe) + '<'
'<' + (html | e)
('<%s>' | safe) % '<'
('<{}>' | safe).format('<')
(html | safe) ~ '<'
[html | safe, '<'] | join('&')
(html | safe) | upper | e
(html | safe) | replace('b', '<') | e
html | safe is escaped
(html | e) is string
html | striptags
'a b&c/d?é' | urlencode
{'a b': 'c&d', 'e': 1} | urlencode
undefined_ | default('x')
none | default('x')
none | default('x', true)
'' | default('x', true)
'' | d('x', boolean=true)
0 | default(5)
undefined_ | default
undefined_.foo | default('x')
d.zz | default('x')
d.zz.yy | default('x')
'42' | int
' 42 ' | int
'4_2' | int
'42.7' | int
'x' | int
'x' | int(5)
'ff' | int(0, 16)
'0xff' | int(0, 16)
'0x1f' | int(base=0)
'-7' | int
'1e3' | int
42.9 | int
-42.9 | int
true | int
none | int
[] | int(7)
undefined_ | int
1e400 | int
'inf' | int
'１２' | int
'1.5' | float
' 1e3 ' | float
'x' | float
'x' | float(1.5)
'nan' | float
'inf' | float
1 | float
true | float
none | float
undefined_ | float
-5 | abs
-5.5 | abs
'a' | abs
true | abs
2.5 | round
3.5 | round
2.675 | round(2)
2.5 | round(0, 'ceil')
2.1 | round(0, 'ceil')
2.9 | round(method='floor')
-2.5 | round
1234 | round(-2)
1250 | round(-2)
5 | round
1.25 | round(1, 'floor')
'a' | round
5 | string
none | string
[1, 'a'] | string
1.0 | string
undefined_ | string
'abc' | list
d | dictsort
d | dictsort(reverse=true)
{'b': 1, 'A': 2, 'a': 3} | dictsort
{'b': 1, 'A': 2, 'a': 3} | dictsort(true)
{'b': 3, 'a': 3, 'c': 1} | dictsort(by='value')
{'b': 3} | dictsort(by='x')
undefined_ | dictsort
[1] | dictsort
d | attr('a')
d | attr('zz') is defined
s | attr('upper') is callable
[1, 'a'] | pprint
5 | nope
5 | upper(1)
5 | upper(x=1)
d | tojson
d | tojson(indent=2)
d | tojson(indent=0)
d | tojson(indent='--')
d | tojson(separators=(',', ':'))
d | tojson(indent=1, separators=(', ', ' = '))
d | tojson(sort_keys=true)
d | tojson(ensure_ascii=true)
s | tojson
s | tojson(ensure_ascii=true)
s | tojson(true)
html | tojson
'"\\/\b\f\n\r\t\x00\x1f\x7f\u2028é' | tojson
'"\\/\b\f\n\r\t\x00\x1f\x7f\u2028é👋' | tojson(ensure_ascii=true)
none | tojson
true | tojson
1.0 | tojson
1e20 | tojson
1e-7 | tojson
big | tojson
[] | tojson
{} | tojson
[] | tojson(indent=2)
[{}, [], [1]] | tojson(indent=2)
(1, 2) | tojson
{1: 2, none: 3, true: 4, 1.5: 5} | tojson
{(1,): 2} | tojson
range(2) | tojson
d.items() | tojson
undefined_ | tojson
{'a': undefined_} | tojson
'nan' | float | tojson
'inf' | float | tojson
(html | safe) | tojson
' a b '.strip()
' a '.lstrip() ~ '|'
' a '.rstrip() ~ '|'
'xxaxx'.strip('x')
'xxaxx'.lstrip('x')
'xxaxx'.rstrip('x')
'a,b,c'.split(',')
'a,b,c'.split(',', 1)
'a,b,c'.rsplit(',', 1)
' a  b c '.split()
' a  b c '.split(none, 1)
' a  b c '.rsplit(none, 1)
' a  b c '.split(maxsplit=1)
'abc'.split('')
''.split()
''.split(',')
'a<sep>b'.split('<sep>')
'a\nb\r\nc\x0bd\u2028e\n'.splitlines()
'a\nb'.splitlines(true)
'abc'.startswith('a')
'abc'.startswith(('x', 'a'))
'abc'.startswith('b', 1)
'abc'.endswith('c')
'abc'.endswith(('x', 'bc'))
'abc'.startswith(['a'])
'abc'.startswith(undefined_)
'abcabc'.find('c')
'abcabc'.find('z')
'abcabc'.rfind('c')
'a👋c'.find('c')
'abcabc'.find('c', 3)
'abcabc'.index('c')
'abcabc'.index('z')
'abcabc'.count('b')
'aaa'.count('aa')
'aaa'.count('')
'aaa'.replace('a', 'b')
'aaa'.replace('a', 'b', 2)
'aaa'.replace('a')
','.join(['a', 'b'])
','.join([1])
'-'.join('abc')
'a-b-c'.partition('-')
'a-b-c'.rpartition('-')
'abc'.partition('x')
'abc'.rpartition('x')
'prefix-a'.removeprefix('prefix-')
'a.txt'.removesuffix('.txt')
'a'.removesuffix('')
'abc'.upper()
'ABC'.lower()
'aBc'.swapcase()
'hELLO wORLD'.capitalize()
'Straße'.casefold()
'42'.zfill(5)
'-42'.zfill(5)
'a'.ljust(3, '.')
'a'.rjust(3, '.')
'a'.ljust(3) ~ '|'
'123'.isdigit()
''.isdigit()
'²'.isdigit()
'²'.isdecimal()
'½'.isnumeric()
'abc'.isalpha()
'ab1'.isalnum()
' '.isspace()
'ABC'.isupper()
'abc'.islower()
'Abc Def'.istitle()
'a_1'.isidentifier()
'é'.isascii()
'a\tb'.expandtabs(4)
'abc'.nope
'abc'.nope()
'abc'.strip(1)
l.index(1)
l.index(9)
l.count(1)
l.copy()
(1, 2, 1).count(1)
(1, 2).index(2)
n.real
n.bit_length()
x.is_integer()
n()
undefined_()
none()
'a'()
d.get(*['a'])
d.get(**{'key': 'a'})
'{}{}{}'.format(*[1, 2], 3)
dict(**{'a': 1})
dict(a=1, **{'b': 2})
range(*[1, 3]) | list
(1, 2) | list
users | map(attribute='age') | sum / 3
users[0].name | upper ~ '!' | lower
1 if 'a' in 'abc' else 2
'yes' if users | length > 2 else 'no'
[1, 2, 3] | select('odd') | map('string') | join('+') | length
(l | map('string') | list)[0]
l | map('string') is iterable
l | map('string') is sequence
[l | map('string')] | length
words[0][0] | upper
words | first | first | upper
{'a': 1, 'a': 2}
{'a': 1, **{}}
{[]: 1}
{d: 1}
[1, 2,]
(1, 2,)
{'a': 1,}
[,]
namespace is callable
true.x is defined
True ~ False ~ None
TRUE is defined
none_ ~ ''
[undefined_]
{'a': undefined_}
(undefined_, 1)
l is undefined or l | length
x.y.z is defined
""")

EXPRESSIONS += [
    "{% set g = l | map('string') %}{% for i in g %}{{ i }}{% endfor %}|{% for i in g %}{{ i }}{% endfor %}",
    "{% set g = l | select %}{% for i in g %}{{ loop.last }}{{ loop.length }}{% endfor %}",
    "{% set v = d.items() %}{% for i in v %}{{ i }}{% endfor %}{% for i in v %}{{ i }}{% endfor %}",
    "{{ 1 in l | map('int') }}",
    "{% for i in l | reverse %}{{ i }}{% endfor %}",
    "{% for i in users | selectattr('age', 'gt', 26) %}{{ i.name }}{% endfor %}",
    "{% for i in l if i != 1 %}{{ loop.previtem }}-{{ i }}-{{ loop.nextitem }} {% endfor %}",
    "{% for g, items in users | groupby('age') %}{{ g }}:{{ items | map(attribute='name') | join(',') }};{% endfor %}",
    "{% for i in l %}{% if loop.index0 % 2 == 0 %}even{% else %}odd{% endif %}{% endfor %}",
    "{% set x = 'outer' %}{% macro f() %}{{ x }}{% endmacro %}{% set x = 'changed' %}{{ f() }}",
    "{% if x is defined %}{% set y = 1 %}{% endif %}{{ y }}",
    "{% if undefined_ is defined %}{% set y = 1 %}{% endif %}{{ y is defined }}",
    "{% for i in [1,2,3] %}{% if y is defined %}{{ y }}{% endif %}{% set y = i %}{% endfor %}",
    "{% for i in [1,2] %}{{ n }}{% set n = i %}{{ n }}{% endfor %}{{ n }}",
    "{% if false %}{% set n = 1 %}{% endif %}{{ n }}",
    "{% set n = n + 1 %}{{ n }}",
    "{% for n in l %}{{ n }}{% endfor %}{{ n }}",
    "{% with n = n + 1 %}{{ n }}{% endwith %}{{ n }}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}",
    "{% macro outer() %}{% macro inner() %}I{{ n }}{% endmacro %}{{ inner() }}{% endmacro %}{{ outer() }}",
    "{% macro m(msg, last=false) %}{{ msg.name }}{{ last }}{% endmacro %}{% for u in users %}{{ m(u, loop.last) }}{% endfor %}",
    "{%- for u in users -%}\n  {{- u.name -}}\n  {%- if not loop.last -%}, {% endif -%}\n{%- endfor -%}\n",
    "{{ (users | first).name }}{{ users | map(attribute='name') | first }}",
    "{{ 'a' if n is string else 'b' if n is number else 'c' }}",
    "{% set parts = s.split(', ') %}{{ parts[0] }}|{{ parts | last }}",
    "{{ s.split('</think>')[-1].lstrip('\\n') }}",
    "{{ '<think>x</think>y'.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') }}",
    "{{ messages | length }}{{ add_generation_prompt }}{{ bos_token }}{{ tools is none }}",
    "{% set a = [1] %}{% set a = a + [2] %}{{ a }}",
    "{% set _ = l %}{{ _ }}",
    "{% set _ = l.append(1) %}",
    "{%if true%}x{%endif%}",
    "{{n}}{{n|string|length}}",
    "{{ n\n }}\n{{\nn }}",
    "{% for i in [1, 2] %}{% for j in [1, 2] %}{% if j == 2 %}{% break %}{% endif %}{{ i }}{{ j }} {% endfor %}{% endfor %}",
    "{% for i in [1, 2, 3] %}{% with %}{% if i == 2 %}{% continue %}{% endif %}{% endwith %}{{ i }}{% endfor %}",
    "{% for i in [1, 2, 3] %}{% set a %}{{ i }}{% endset %}{{ a }}{% endfor %}",
    "{% filter trim %}  {% for i in [1,2] %}{{ i }} {% endfor %}  {% endfilter %}|",
    "{% set a = namespace(x=[]) %}{% for i in l %}{% set a.x = a.x + [i] %}{% endfor %}{{ a.x }}",
]
