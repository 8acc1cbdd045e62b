"""Texts on which tokenizers differ: what cuts digits, letters, marks, white space and punctuation in different ways."""

import random

PLAIN = [
    "", " ", "  ", "   ", "\n", "\n\n", "\n\n\n\n", "\r\n", "\r\n\r\n", "\t", "\t\t\t", " \n", "\n ", " \n \n ", "a", " a", "a ", "  a  ",
    "Hello world", "Hello, world!", " Hello world ", "hello  world", "hello   world   again", "Hello\nworld", "Hello\n\nworld\n",
    "trailing spaces   ", "\ttab\tseparated\tvalues\n", "line one\r\nline two\r\n", "mixed \t \n \r\n white\u00a0space\u3000here\u2003now\u2028and\u2029then\u0085end",
    "0", "1", "12", "123", "1234", "12345", "123456", "1234567890", "3.14159", "1,234,567.89", "-42", "+1 (555) 123-4567",
    "0x1F4A9", "1e-10", "2024-02-29T23:59:59Z", "192.168.0.1:8080", "v1.2.3-rc4", "①②③ Ⅷ ½ ¾ x² H₂O 10⁻³", "٠١٢٣٤٥٦٧٨٩", "१२३४५६", "１２３４５", "零一二三四五六七八九",
    "abc123def456", "123abc", "a1b2c3", "x86_64", "UTF-8", "IPv6", "i18n",
    "I'm you're he's we've they'll I'd don't can't", "I'M YOU'RE HE'S WE'VE THEY'LL I'D DON'T", "it’s what’s they’re", "'s 't 're 've 'm 'll 'd", "''s'' 'S 'Ll", "rock 'n' roll '90s", "O'Brien's",
    "snake_case camelCase PascalCase SCREAMING_SNAKE kebab-case", "HTTPServer XMLHttpRequest iPhone eBay McDonald", "ÉCOLE École école ÉcOlE", "ΑΒΓ Αβγ αβγ", "ДОБРЫЙ Добрый добрый",
    "Ǆ ǅ ǆ ʰ ª º", "ﬁ ﬂ ﬀ ß ẞ",
    "!", "!!!", "?!?!", "...", "…", "—", "–", "--", "---", "***", "###", "$$$", "@@", "&&", "||", "++", "==", "===", "!=", "<=", ">=", "=>", "->", "::", "//", "/* */", "\\", "\\n", "`code`", "```", "~~~", "^^", "%%", "«»", "“quoted”", "‘single’", "(paren) [bracket] {brace} <angle>",
    "a.b.c", "a, b; c: d.", "What?Really!Yes.", " !", " ...", "hi!\n", "hi!\n\n", "end.\r\n\r\nStart", "/path/to/file.txt", "C:\\Users\\name", "https://example.org/a/b?c=d&e=f#g", "user@example.org", "#hashtag @mention $100 €50 £20 ¥1000 ₹5 50%", "1+1=2", "x<y>z|w^v~u`t", "a!b\"c#d$e%f&g'h(i)j*k+l,m-n.o/p:q;r<s=t>u?v@w[x\\y]z^{|}~",
    "def f(x):\n    return x ** 2\n\n\nclass A:\n\tpass\n", "if (a && b) {\n  c();\n} else {\n  d();\n}\n", "SELECT * FROM t WHERE x = 'it''s' AND y > 10;\n", "<div class=\"a\">\n  <p>text</p>\n</div>", "{\"key\": [1, 2.5, null, true], \"nested\": {\"a\": \"b\"}}", "for (int i = 0; i < 10; i++) sum += i;", "        eight spaces", "                sixteen", "\t\t\ttabs\n    mixed\n\t  both", "printf(\"%d\\n\", x);", "x = [[1, 2], [3, 4]]  # comment", "let f = |x| x + 1; // rust\n", "import java.util.List;\n\npublic record R(int a) {}\n", "#!/bin/sh\nset -e\necho \"$HOME\"\n",
    "你好，世界！", "今天天气很好。我们去公园吧？", "中文English混合123数字", "日本語のテキストです。カタカナとひらがな。", "ひらがなカタカナ漢字", "한국어 텍스트입니다. 안녕하세요!", "가나다라마바사", "漢字かな交じり文、１２３。", "《书名》“引号”（括号）", "繁體中文測試", "𠀀𠁁 rare", "ㄅㄆㄇ ㄱㄴㄷ",
    "مرحبا بالعالم", "السلام عليكم، كيف حالك؟", "مَرْحَبًا", "שלום עולם", "שָׁלוֹם", "สวัสดีชาวโลก", "ภาษาไทยไม่มีเว้นวรรค", "नमस्ते दुनिया", "हिन्दी में पाठ।", "বাংলা ভাষা", "தமிழ் மொழி", "తెలుగు", "ქართული ენა", "Հայերեն", "አማርኛ", "Ελληνικά γράμματα", "Русский текст, ещё один.", "Українська мова", "Tiếng Việt có dấu", "Türkçe İıĞğŞş", "Čeština žluťoučký kůň", "Íslenska þorn ð", "ᏣᎳᎩ ᏗᎦᎪᏗ", "ꙀꙁꙂ Ⱥⱥ", "𐐀𐐨 𝐀𝐁𝐂 𝒳", "កម្ពុជា", "မြန်မာ", "ລາວ",
    "café", "cafe\u0301", "na\u00efve nai\u0308ve", "A\u030angstro\u0308m", "e\u0301e\u0300e\u0302", "\u0301alone", "x\u0307\u0323y", "ḍ̇ ḍ̇", "ＦＵＬＬ ｗｉｄｔｈ",
    "😀", "😀😃😄", "Hello 😀 world", "👨‍👩‍👧‍👦", "👍🏽", "🇫🇷🇩🇪", "❤️", "☃", "a😀b", "🤷‍♀️ ok", "1️⃣2️⃣", "⌘⌥⇧", "→←↑↓", "∑∏∫√∞≈≠≤≥", "α∈ℝ, ∀x∃y", "♠♣♥♦", "█▓▒░", "─│┌┐", "™®©",
    "zero\u200bwidth\u200cjoiner\u200dhere\ufeffbom", "\u202eright to left\u202c", "control\u0001\u0002\u001f\u007f", "nul\u0000byte", "\ufffd", "\u00ad soft", "private \ue000\uf8ff", "\U000f0000",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abababababababab", "----------------------------------------", "........", "          ", "\n\n\n\n\n\n\n\n\n\n", "1111111111111111", "哈哈哈哈哈哈哈哈", "!?!?!?!?", "😂😂😂😂", "_ _ _", "__init__", "▁▁ under ▁", "<0x0A> <0x41>", "\u0120 \u010a letters of the alphabet",
    "The quick brown fox jumps over the lazy dog.", "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness...", "Supercalifragilisticexpialidocious antidisestablishmentarianism", "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
    "unreachable", " unreachable", "unreachable!", "the unreachable star", "1unreachable 2",
]

MARKED = [
    "<|endoftext|>", "<|im_start|>user\nHello<|im_end|>\n", "<|im_start|>", "<|im_end|>", "<|im_end|><|im_end|>", "a<|endoftext|>b", " <|im_start|> x", "<|im_start|>system\nYou are kind.<|im_end|>\n<|im_start|>user\nHi!<|im_end|>\n<|im_start|>assistant\n",
    "<s>", "</s>", "<s>hello</s>", "<s> hello </s> there", "<unk>", "<pad>", "<bos>", "<eos>", "<bos>hi<eos>", "<start_of_turn>user\nhi<end_of_turn>\n", "<mask>", "[multimodal]", "<unused0>", "<unused99>", "<|im_sta", "rt|>", "<|im_start|", "<<|im_end|>>", "<|im_end|", "<|IM_END|>", "<| im_end |>", "<|im_<|im_end|>end|>",
    "<repo_name>x<file_sep>y", "<filename>", "<gh_stars>", "<|fim_prefix|>def f(<|fim_suffix|>)<|fim_middle|>x", "<|file_sep|>", "<|repo_name|>", "<tool_call>\n{}\n</tool_call>", "<think>", "</think>", "<|tool|>call", "x<|tool|>y<|im_end|>z", "<h1>a</h1>", "<table><tr><td>1</td></tr></table>", "\n\n<bos>\n\n", "  <eos>  ", "<|eot_id|>", "<|box_start|>1<|box_end|>", "[EMPTY_3]", "<0x0A>\n", "[INST] hi [/INST]",
    "<<", "<<<", "<<<<", "a<<<b", "<<<<<",
]


def mixed(count, seed):
    """Texts put together of the others, and of random characters of many scripts."""
    random_source = random.Random(seed)
    pieces = [t for t in PLAIN + MARKED if t]
    ranges = [(0x20, 0x7e), (0x20, 0x7e), (0x0, 0x24f), (0x370, 0x52f), (0x590, 0x6ff), (0x900, 0x97f), (0xe00, 0xe7f), (0x2000, 0x2bff), (0x3000, 0x30ff),
              (0x4e00, 0x9fff), (0xac00, 0xd7a3), (0xff00, 0xffef), (0x1f300, 0x1faff)]
    texts = []
    for index in range(count):
        if index % 2 == 0:
            texts.append("".join(random_source.choice(pieces) for _ in range(random_source.randint(2, 4))))
        else:
            characters = []
            while len(characters) < random_source.randint(10, 60):
                low, high = random_source.choice(ranges)
                characters += [chr(random_source.randint(low, high)) for _ in range(random_source.randint(1, 4))]
                if random_source.random() < 0.3:
                    characters.append(random_source.choice([" ", "  ", "\n", " \n", "\t"]))
            texts.append("".join(characters))
    return texts
