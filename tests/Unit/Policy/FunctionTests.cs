namespace Fairway.Policy;

public sealed class FunctionTests
{
    [Fact]
    public void Sizes_count_code_points_octets_items_and_entries() => Given.Holds("""
        size("") → 0
        size("héllo") → 5
        "🤪".size() → 1
        size(b"🤪") → 4
        b"".size() → 0
        size([1, 2]) → 2
        [].size() → 0
        size({"a": 1}) → 1
        {}.size() → 0
        text.size() → 7
        size(5) → ? size() does not take int; expected size(string) -> int
        ~size(5) → ! NoMatchingOverload
        5.size() → ? size() does not take int
        """);

    [Fact]
    public void Strings_are_searched_and_matched() => Given.Holds("""
        "hello".contains("ell") → true
        "hello".contains("") → true
        "hello".contains("xyz") → false
        "hello".startsWith("he") → true
        "hello".startsWith("") → true
        "hello".startsWith("lo") → false
        "hello".endsWith("lo") → true
        "hello".endsWith("") → true
        "é".endsWith("\u0301") → false
        contains("a", "b") → ? contains is called on a value
        "hello".matches("^h.*o$") → true
        "hello".matches("ell") → true
        "hello".matches("^ell") → false
        matches("foobar", "foo.*") → true
        "abc".matches("[[:digit:]]") → false
        "a1".matches(r"\d") → true
        "héllo".matches("^h.llo$") → true
        "🤪".matches("^.$") → true
        "🤪".matches("^[😀-🧠]$") → true
        "ÀÉ".matches("(?i)^àé$") → true
        "ab".matches("a(?:b|c)$") → true
        "a\nb".matches("a.b") → false
        "a\nb".matches("(?s)a.b") → true
        "a\nb".matches("(?m)^b$") → true
        "a\nb".matches("^b$") → false
        "ab\n".matches("b$") → false
        "foo bar".matches(r"\bbar\b") → true
        "éa".matches(r"\ba") → true
        "aaa".matches("^a{2,3}$") → true
        "aaaa".matches("^a{2,3}$") → false
        "".matches("^$") → true
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$") → false
        "x".matches(r"\pL") → true
        "x".matches(r"^\PL$") → false
        "a".matches("(") → ! InvalidArgument
        "a".matches("a**") → ! InvalidArgument
        "a".matches("(?=a)") → ! InvalidArgument
        "a".matches(r"(a)\1") → ! InvalidArgument
        "a".matches("a{1001}") → ! InvalidArgument
        "a".matches("((((a{100}){100}){100}){100})") → ! InvalidArgument
        "a".matches("") → true
        "a".matches(r"\Qa\E") → true
        """);

    [Fact]
    public void Conversions_keep_the_value_or_say_why_not() => Given.Holds("""
        int(5) → 5
        int(5u) → 5
        int(18446744073709551615u) → ! Overflow
        int(1.9) → 1
        int(-1.9) → -1
        int(9223372036854775807.0) → ! Overflow
        int(-9223372036854775808.0) → ! Overflow
        int(9223372036854774784.0) → 9223372036854774784
        int(0.0 / 0.0) → ! Overflow
        int(1.0 / 0.0) → ! Overflow
        int("-42") → -42
        int("+42") → 42
        int("") → ! InvalidArgument
        int(" 1") → ! InvalidArgument
        int("1.0") → ! InvalidArgument
        int("0x1") → ! InvalidArgument
        int("9223372036854775808") → ! InvalidArgument
        int(timestamp("1970-01-01T00:00:01Z")) → 1
        int(timestamp("1969-12-31T23:59:59Z")) → -1
        int(true) → ? int() does not take bool
        uint(5u) → 5u
        uint(5) → 5u
        uint(-1) → ! Overflow
        uint(1.9) → 1u
        uint(-0.5) → ! Overflow
        uint(18446744073709551615.0) → ! Overflow
        uint("42") → 42u
        uint("-1") → ! InvalidArgument
        double(5) → 5.0
        double(5u) → 5.0
        double("1.5") → 1.5
        double("-.5e1") → -5.0
        double("NaN") → double("NaN")
        double("-Infinity") → double("-Infinity")
        double("inf") → double("Infinity")
        double("1e999") → ! InvalidArgument
        double("abc") → ! InvalidArgument
        double(" 1") → ! InvalidArgument
        double("--1") → ! InvalidArgument
        string("a") → "a"
        string(true) → "true"
        string(-42) → "-42"
        string(42u) → "42"
        string(1.5) → "1.5"
        string(2.0) → "2"
        string(-0.0045) → "-0.0045"
        string(123.456) → "123.456"
        string(6.02214e23) → "6.02214e+23"
        string(1e-7) → "1e-07"
        string(0.0001) → "0.0001"
        string(1e15) → "1000000000000000"
        string(0.1 + 0.2) → "0.30000000000000004"
        string(b"abc") → "abc"
        string(b"\xff") → ! InvalidArgument
        string(timestamp("2009-02-13T23:31:30.5Z")) → "2009-02-13T23:31:30.5Z"
        string(timestamp("2009-02-13T23:31:30+01:00")) → "2009-02-13T22:31:30Z"
        string(timestamp("9999-12-31T23:59:59.999999999Z")) → "9999-12-31T23:59:59.999999999Z"
        string(timestamp("0001-01-01T00:00:00Z")) → "0001-01-01T00:00:00Z"
        string(duration("1h30m")) → "5400s"
        string(duration("1m1ms")) → "60.001s"
        string(duration("-1.5s")) → "-1.5s"
        string(null) → ! NoMatchingOverload
        bytes("é") → b"\xc3\xa9"
        bytes(b"a") → b"a"
        bool("true") → true
        bool("FALSE") → false
        bool("1") → true
        bool("f") → false
        bool("TrUe") → ! InvalidArgument
        bool("yes") → ! InvalidArgument
        dyn(1) → 1
        type(1) → int
        type(1u) → uint
        type(1.0) → double
        type("") → string
        type(b"") → bytes
        type(true) → bool
        type(null) → null_type
        type([1]) → list
        type({}) → map
        type(int) → type
        type(type(1)) == type(string) → true
        type(timestamp(0)) → google.protobuf.Timestamp
        type(duration("0")) == google.protobuf.Duration → true
        type(optional.none()) → optional_type
        twice(4) → 8
        twice("a") → ? twice() does not take string
        twce(4) → ? did you mean twice
        "a".upperAsci() → ? did you mean
        """);

    [Fact]
    public void Time_is_read_shifted_and_taken_apart() => Given.Holds("""
        timestamp("2020-02-29T00:00:00Z") → timestamp("2020-02-29T00:00:00Z")
        timestamp("2021-02-29T00:00:00Z") → ! InvalidArgument
        timestamp("2020-13-01T00:00:00Z") → ! InvalidArgument
        timestamp("2020-01-01T24:00:00Z") → ! InvalidArgument
        timestamp("2020-01-01T00:00:60Z") → ! InvalidArgument
        timestamp("2020-01-01 00:00:00Z") → ! InvalidArgument
        timestamp("2020-01-01T00:00:00") → ! InvalidArgument
        timestamp("2020-01-01t00:00:00z") → ! InvalidArgument
        timestamp("2020-01-01T00:00:00.Z") → ! InvalidArgument
        timestamp("0000-01-01T00:00:00Z") → ! Overflow
        timestamp("10000-01-01T00:00:00Z") → ! InvalidArgument
        timestamp("0001-01-01T00:00:00+00:01") → ! Overflow
        timestamp("9999-12-31T23:59:59-00:01") → ! Overflow
        timestamp(1) → timestamp("1970-01-01T00:00:01Z")
        timestamp(-62135596801) → ! Overflow
        timestamp("") → ! InvalidArgument
        duration("1h") → duration("3600s")
        duration("1h2m3.5s") → duration("3723.5s")
        duration("-1.5h") → duration("-5400s")
        duration("+1s") → duration("1s")
        duration("0") → duration("0s")
        duration("1ms") → duration("0.001s")
        duration("1us") → duration("0.000001s")
        duration("1µs") → duration("0.000001s")
        duration("1ns") → duration("0.000000001s")
        duration(".5s") → duration("0.5s")
        duration("1.s") → duration("1s")
        duration("") → ! InvalidArgument
        duration("1") → ! InvalidArgument
        duration("1d") → ! InvalidArgument
        duration("s") → ! InvalidArgument
        duration("-") → ! InvalidArgument
        duration("1s ") → ! InvalidArgument
        duration("320000000000s") → ! Overflow
        duration("9223372036s") + duration("1s") → ! Overflow
        timestamp("2020-01-01T00:00:00Z") + duration("1h") → timestamp("2020-01-01T01:00:00Z")
        duration("1h") + timestamp("2020-01-01T00:00:00Z") → timestamp("2020-01-01T01:00:00Z")
        timestamp("2020-01-01T00:00:00Z") - duration("1s") → timestamp("2019-12-31T23:59:59Z")
        timestamp("2020-01-02T00:00:00Z") - timestamp("2020-01-01T00:00:00Z") → duration("86400s")
        timestamp("9999-12-31T23:59:59Z") - timestamp("0001-01-01T00:00:00Z") → ! Overflow
        timestamp("9999-12-31T23:59:59Z") + duration("1s") → ! Overflow
        timestamp("0001-01-01T00:00:00Z") - duration("1ns") → ! Overflow
        duration("1m") - duration("90s") → duration("-30s")
        timestamp(0) + timestamp(0) → ? + does not take
        now.getFullYear() → 2026
        now.getMonth() → 10
        now.getDate() → 20
        now.getDayOfMonth() → 19
        now.getDayOfYear() → 323
        now.getDayOfWeek() → 5
        timestamp("2026-11-22T00:00:00Z").getDayOfWeek() → 0
        now.getHours() → 23
        now.getMinutes() → 30
        now.getSeconds() → 15
        timestamp("2020-01-01T00:00:00.123456Z").getMilliseconds() → 123
        now.getHours("Europe/Berlin") → 0
        now.getDate("Europe/Berlin") → 21
        now.getDayOfWeek("Europe/Berlin") → 6
        now.getHours("US/Central") → 17
        now.getHours("+02:00") → 1
        now.getMinutes("-02:30") → 0
        now.getHours("02:00") → 1
        now.getHours("UTC") → 23
        now.getMinutes("Asia/Kathmandu") → 15
        now.getHours("Nowhere/City") → ! InvalidArgument
        now.getHours("+99:00") → ! InvalidArgument
        timestamp("9999-12-31T23:59:59Z").getHours("+01:00") → ! Overflow
        timestamp("0001-01-01T00:00:00Z").getHours("-01:00") → 23
        duration("3h30m").getHours() → 3
        duration("1h30m").getMinutes() → 90
        duration("-90s").getMinutes() → -1
        duration("1m30.5s").getSeconds() → 90
        duration("1.234567s").getMilliseconds() → 234
        duration("-1.5s").getMilliseconds() → -500
        duration("1h").getFullYear() → ? getFullYear() does not take
        """);

    [Fact]
    public void The_extension_for_strings_counts_code_points() => Given.Holds("""
        "héllo".charAt(1) → "é"
        "🤪a".charAt(0) → "🤪"
        "ab".charAt(2) → ""
        "ab".charAt(3) → ! IndexOutOfRange
        "ab".charAt(-1) → ! IndexOutOfRange
        "hello mellow".indexOf("") → 0
        "hello mellow".indexOf("ello") → 1
        "hello mellow".indexOf("jello") → -1
        "hello mellow".indexOf("", 2) → 2
        "hello mellow".indexOf("ello", 2) → 7
        "hello mellow".indexOf("ello", 20) → ! IndexOutOfRange
        "🤪🤪a".indexOf("a") → 2
        "🤪🤪a".indexOf("a", 1) → 2
        "hello mellow".lastIndexOf("") → 12
        "hello mellow".lastIndexOf("ello") → 7
        "hello mellow".lastIndexOf("jello") → -1
        "hello mellow".lastIndexOf("ello", 6) → 1
        "hello mellow".lastIndexOf("ello", -1) → ! IndexOutOfRange
        ["a", "b"].join() → "ab"
        ["a", "b"].join("-") → "a-b"
        [].join("-") → ""
        ~[1].join() → ! NoMatchingOverload
        "TacoCÆt Xii".lowerAscii() → "tacocÆt xii"
        "TacoCÆt xii".upperAscii() → "TACOCÆT XII"
        "hello hello".replace("he", "we") → "wello wello"
        "hello hello".replace("he", "we", -1) → "wello wello"
        "hello hello".replace("he", "we", 1) → "wello hello"
        "hello hello".replace("he", "we", 0) → "hello hello"
        "abc".replace("", "_") → "_a_b_c_"
        "abc".replace("", "_", 2) → "_a_bc"
        "aaa".replace("aa", "b") → "ba"
        "a b c".split(" ") → ["a", "b", "c"]
        "a b c".split(" ", 0) → []
        "a b c".split(" ", 1) → ["a b c"]
        "a b c".split(" ", 2) → ["a", "b c"]
        "a b c".split(" ", -1) → ["a", "b", "c"]
        "a🤪b".split("") → ["a", "🤪", "b"]
        "".split(",") → [""]
        "".split("") → []
        "a,".split(",") → ["a", ""]
        "tacocat".substring(4) → "cat"
        "tacocat".substring(0, 4) → "taco"
        "tacocat".substring(7) → ""
        "🤪bc".substring(1, 2) → "b"
        "tacocat".substring(-1) → ! IndexOutOfRange
        "tacocat".substring(8) → ! IndexOutOfRange
        "tacocat".substring(2, 1) → ! InvalidArgument
        "tacocat".substring(2, 8) → ! IndexOutOfRange
        "  \ttrim\n\u00a0\u2003 ".trim() → "trim"
        "\u200b".trim().size() → 1
        "gums".reverse() → "smug"
        "a🤪".reverse() → "🤪a"
        strings.quote("a\"b\n\\é") → "\"a\\\"b\\n\\\\é\""
        base64.encode(b"hello") → "aGVsbG8="
        base64.decode("aGVsbG8=") → b"hello"
        base64.decode("aGVsbG8") → b"hello"
        base64.decode("a") → ! InvalidArgument
        base64.decode("a GVsbG8=") → ! InvalidArgument
        """);

    [Fact]
    public void Format_writes_values_by_clauses() => Given.Holds("""
        "%s".format(["foo"]) → "foo"
        "%s and %s".format([1, 2u]) → "1 and 2"
        "%s".format([true]) → "true"
        "%s".format([null]) → "null"
        "%s".format([1.0]) → "1"
        "%s".format([3.14]) → "3.14"
        "%s".format([1e21]) → "1000000000000000000000"
        "%s".format([1.0 / 0.0]) → "Infinity"
        "%s".format([0.0 / 0.0]) → "NaN"
        "%s".format([b"foo"]) → "foo"
        "%s".format([b"a\xff\xfeb"]) == "a\ufffdb" → true
        "%s".format([duration("1m30.5s")]) → "90.5s"
        "%s".format([timestamp("2020-01-01T01:00:00+01:00")]) → "2020-01-01T00:00:00Z"
        "%s".format([int]) → "int"
        "%s".format([[1, "a", 2.5]]) → "[1, a, 2.5]"
        "%s".format([{"b": 1, "a": [2]}]) → "{a: [2], b: 1}"
        "%d".format([1]) → "1"
        "%d".format([1u]) → "1"
        "%d".format([-5]) → "-5"
        "%d".format([3.14]) → "3.14"
        "%d".format(["a"]) → ! InvalidArgument
        "%f".format([1]) → "1.000000"
        "%f".format([3.14]) → "3.140000"
        "%.1f".format([3.14]) → "3.1"
        "%.3f".format([123.4999]) → "123.500"
        "%.3f".format([123.4994]) → "123.499"
        "%.0f".format([2.5]) → "2"
        "%.0f".format([3.5]) → "4"
        "%.0f".format([-0.5]) → "-0"
        "%.2f".format([1.005]) → "1.00"
        "%f".format([-1.0 / 0.0]) → "-Infinity"
        "%e".format([1]) → "1.000000e+00"
        "%e".format([3.14]) → "3.140000e+00"
        "%.1e".format([-3.14]) → "-3.1e+00"
        "%.2e".format([1234.5678]) → "1.23e+03"
        "%.1e".format([9.96]) → "1.0e+01"
        "%e".format([0.0]) → "0.000000e+00"
        "%.3e".format([1e-300]) → "1.000e-300"
        "%x".format([255]) → "ff"
        "%X".format([255u]) → "FF"
        "%x".format([-255]) → "-ff"
        "%x".format(["hi"]) → "6869"
        "%X".format([b"\xab"]) → "AB"
        "%o".format([8]) → "10"
        "%b".format([5]) → "101"
        "%b".format([-5]) → "-101"
        "%b".format([true]) → "1"
        "%x".format([-9223372036854775808]) → "-8000000000000000"
        "100%%".format([]) → "100%"
        "%".format([]) → ! InvalidArgument
        "%s".format([]) → ! InvalidArgument
        "%z".format([1]) → ! InvalidArgument
        "%.f".format([1]) → ! InvalidArgument
        "%.1000f".format([1]) → ! InvalidArgument
        """);

    [Fact]
    public void The_extension_for_numbers_stays_in_their_types() => Given.Holds("""
        math.greatest(1) → 1
        math.greatest(1, 2, 3) → 3
        math.greatest(1u, 2u) → 2u
        math.greatest(1.5, -2.5) → 1.5
        math.greatest(1, 2.5) → 2.5
        math.greatest([3, 1, 2]) → 3
        math.greatest([]) → ! InvalidArgument
        math.greatest("a") → ? does not take string
        ~math.greatest("a") → ! NoMatchingOverload
        math.least(1, 2, -3) → -3
        math.least([1.5, 0.5]) → 0.5
        math.least(1u, 0) → 0
        math.greatest() → ? does not take nothing
        math.ceil(1.2) → 2.0
        math.ceil(-1.2) → -1.0
        math.floor(1.8) → 1.0
        math.floor(-1.2) → -2.0
        math.round(1.5) → 2.0
        math.round(-1.5) → -2.0
        math.round(2.5) → 3.0
        math.round(0.0 / 0.0) → double("NaN")
        math.trunc(-1.9) → -1.0
        math.ceil(1) → ? does not take int
        math.abs(-1) → 1
        math.abs(-9223372036854775808) → ! Overflow
        math.abs(1u) → 1u
        math.abs(-1.5) → 1.5
        math.sign(-42) → -1
        math.sign(0u) → 0u
        math.sign(-0.5) → -1.0
        math.isNaN(0.0 / 0.0) → true
        math.isInf(1.0 / 0.0) → true
        math.isInf(1.0) → false
        math.isFinite(1.0) → true
        math.isFinite(0.0 / 0.0) → false
        math.bitAnd(3, 2) → 2
        math.bitAnd(3u, 2u) → 2u
        math.bitOr(1, 2) → 3
        math.bitXor(1, 3) → 2
        math.bitNot(1) → -2
        math.bitNot(0u) → 18446744073709551615u
        math.bitShiftLeft(1, 2) → 4
        math.bitShiftLeft(-1, 1) → -2
        math.bitShiftLeft(1, 64) → 0
        math.bitShiftLeft(1, -1) → ! InvalidArgument
        math.bitShiftRight(1024, 2) → 256
        math.bitShiftRight(-1024, 3) → 2305843009213693824
        math.bitShiftRight(1024u, 2) → 256u
        math.bitShiftRight(1, 64) → 0
        math.sqrt(81) → 9.0
        """);

    [Fact]
    public void The_extensions_for_lists_and_sets_compare_by_equality() => Given.Holds("""
        [1, 2, 3, 4].slice(1, 3) → [2, 3]
        [1, 2].slice(0, 0) → []
        [1, 2].slice(2, 2) → []
        [1, 2].slice(1, 3) → ! IndexOutOfRange
        [1, 2].slice(-1, 1) → ! IndexOutOfRange
        [1, 2].slice(2, 1) → ! InvalidArgument
        [1, [2, 3], [4, [5]]].flatten() → [1, 2, 3, 4, [5]]
        [[1], [2]].flatten() → [1, 2]
        [1, [2, [3, [4]]]].flatten(2) → [1, 2, 3, [4]]
        [1].flatten(-1) → ! InvalidArgument
        [1, 2, 2, 1].distinct() → [1, 2]
        [1, 1u, 1.0, "1"].distinct() → [1, "1"]
        [[1], [1], {"a": 1}, {"a": 1u}].distinct() → [[1], {"a": 1}]
        [].distinct() → []
        [3, 1, 2].reverse() → [2, 1, 3]
        [3, 1, 2].sort() → [1, 2, 3]
        ["b", "a"].sort() → ["a", "b"]
        [].sort() → []
        [true, false].sort() → [false, true]
        [1, "a"].sort() → ! InvalidArgument
        [[1]].sort() → ? sort() does not take list(list(int))
        [{"n": 2}, {"n": 1}].sortBy(e, e.n) → [{"n": 1}, {"n": 2}]
        ["bb", "a", "cc"].sortBy(e, -size(e)) → ["bb", "cc", "a"]
        {"a": 1}.sortBy(e, e) → ? sortBy() is called on map
        [1].sortBy(e, [e]) → ? list(int) has no order
        [1, 2].first() → optional.of(1)
        [1, 2].last() → optional.of(2)
        [].first() → optional.none()
        lists.range(3) → [0, 1, 2]
        lists.range(0) → []
        lists.range(10000000) → ! CostLimit
        sets.contains([1, 2, 3], [2, 1]) → true
        sets.contains([1], [2]) → false
        sets.contains([], []) → true
        sets.contains([1, 2.0, 3u], [1.0, 2u, 3]) → true
        sets.equivalent([1], [1, 1]) → true
        sets.equivalent([1, 2], [1]) → false
        sets.equivalent([1], [1u, 1.0]) → true
        sets.intersects([1], []) → false
        sets.intersects([1], [1, 2]) → true
        sets.intersects([[1], [2, 3]], [[1, 2], [2, 3.0]]) → true
        """);
}
