namespace Fairway.Policy;

public sealed class OperatorTests
{
    [Fact]
    public void Arithmetic_is_of_one_type_and_never_wraps() => Given.Holds("""
        1 + 2 → 3
        1u + 2u → 3u
        1.5 + 2.5 → 4.0
        1 + 1u → ? + does not take int and uint
        1 + 1.0 → ? + does not take int and double
        ~1 + 1u → ! NoMatchingOverload
        dyn(1) + dyn(2u) → ! NoMatchingOverload
        9223372036854775807 + 1 → ! Overflow
        -9223372036854775808 + -1 → ! Overflow
        18446744073709551615u + 1u → ! Overflow
        5 - 8 → -3
        5u - 8u → ! Overflow
        -9223372036854775808 - 1 → ! Overflow
        1.0 - 0.25 → 0.75
        3 * -4 → -12
        5000000000 * 5000000000 → ! Overflow
        9223372036854775807 * -1 → -9223372036854775807
        -9223372036854775808 * -1 → ! Overflow
        5000000000u * 5000000000u → ! Overflow
        4294967295u * 4294967295u → 18446744065119617025u
        0.5 * 4.0 → 2.0
        7 / 2 → 3
        -7 / 2 → -3
        7 / -2 → -3
        7 / 0 → ! DivideByZero
        7u / 2u → 3u
        7u / 0u → ! DivideByZero
        -9223372036854775808 / -1 → ! Overflow
        1.0 / 0.0 → double("Infinity")
        -1.0 / 0.0 → double("-Infinity")
        0.0 / 0.0 → double("NaN")
        7 % 3 → 1
        -7 % 3 → -1
        7 % -3 → 1
        7 % 0 → ! DivideByZero
        -9223372036854775808 % -1 → ! Overflow
        7u % 4u → 3u
        7u % 0u → ! DivideByZero
        7.0 % 2.0 → ? % does not take double and double
        -(5) → -5
        --5 → 5
        -x → -7
        -(-9223372036854775808) → ! Overflow
        -(1u) → ? - does not take uint
        -(2.5) → -2.5
        1e308 * 10.0 → double("Infinity")
        """);

    [Fact]
    public void Concatenation_joins_strings_bytes_and_lists() => Given.Holds("""
        "a" + "b" → "ab"
        "" + "" → ""
        b"a" + b"\xff" → b"a\xff"
        [1] + [2, 3] → [1, 2, 3]
        [] + [] → []
        [1] + ["a"] → ? + does not take list(int) and list(string)
        dyn([1]) + dyn(["a"]) → [1, "a"]
        "a" + b"b" → ? + does not take string and bytes
        "a" + 1 → ? + does not take string and int
        {} + {} → ? + does not take
        """);

    [Fact]
    public void Precedence_is_that_of_the_definition() => Given.Holds("""
        1 + 2 * 3 → 7
        (1 + 2) * 3 → 9
        10 - 4 - 3 → 3
        100 / 10 / 2 → 5
        100 / 10 * 2 → 20
        2 + 3 == 5 → true
        1 < 2 == true → true
        1 < 2 && 3 < 4 → true
        true || false && false → true
        (true || false) && false → false
        !true || true → true
        !(true || true) → false
        true ? 1 : false ? 2 : 3 → 1
        false ? 1 : false ? 2 : 3 → 3
        true ? (false ? 1 : 2) : 3 → 2
        true ? false ? 1 : 2 : 3 → ? cannot stand here
        -2.0 * 3.0 → -6.0
        -x.y → ? int has no fields
        !!true → true
        !-1 → ? cannot stand here
        -!true → ? cannot stand here
        1 in [1] == true → true
        1 + 1 in [2] → true
        [1, 2][0] + 1 → 2
        1 ? 2 : 3 → ? the condition is int
        """);

    [Fact]
    public void Equality_is_of_numbers_across_types_and_otherwise_of_equal_types() => Given.Holds("""
        1 == 1 → true
        1 == 2 → false
        1 != 2 → true
        1 == 1u → ? == does not take int and uint
        dyn(1) == 1u → true
        dyn(1) == 1.0 → true
        dyn(1u) == 1.0 → true
        dyn(1) == 1.5 → false
        dyn(-1) == 18446744073709551615u → false
        dyn(9007199254740993) == 9007199254740992.0 → false
        dyn(9007199254740992) == 9007199254740992.0 → true
        dyn(9223372036854775807) == 9223372036854775808.0 → false
        dyn(18446744073709551615u) == 18446744073709551616.0 → false
        0.0 == -0.0 → true
        0.0 / 0.0 == 0.0 / 0.0 → false
        0.0 / 0.0 != 0.0 / 0.0 → true
        [0.0 / 0.0] == [0.0 / 0.0] → false
        "a" == "a" → true
        "a" == "A" → false
        "é" == "e\u0301" → false
        b"a" == b"a" → true
        b"a" == b"b" → false
        true == true → true
        null == null → true
        dyn(null) == 1 → false
        dyn("1") == 1 → false
        dyn(b"a") == "a" → false
        dyn(true) == 1 → false
        [1, 2] == [1, 2] → true
        [1, 2] == [2, 1] → false
        [1] == [1, 2] → false
        [] == [] → true
        [1] == [dyn(1.0)] → true
        [[1]] == [[dyn(1u)]] → true
        {"a": 1, "b": 2} == {"b": 2, "a": 1} → true
        {"a": 1} == {"a": 2} → false
        {"a": 1} == {"b": 1} → false
        {} == {} → true
        {1: "a"} == {dyn(1u): "a"} → true
        dyn({"a": 1}) == [1] → false
        int == int → true
        type(1) == int → true
        type(1) == uint → false
        timestamp("2020-01-01T00:00:00Z") == timestamp("2020-01-01T01:00:00+01:00") → true
        duration("60s") == duration("1m") → true
        optional.of(1) == optional.of(1) → true
        optional.of(1) == optional.none() → false
        optional.none() == optional.none() → true
        point == test.Point{x: 3} → true
        point == test.Point{x: 4} → false
        """);

    [Fact]
    public void Order_is_of_numbers_across_types_strings_by_code_point_and_time() => Given.Holds("""
        1 < 2 → true
        2 < 2 → false
        2 <= 2 → true
        3 > 2 → true
        2 >= 3 → false
        1u < 2u → true
        1.0 < 1.5 → true
        1 < 1u → ? < does not take int and uint
        dyn(1) < 2u → true
        dyn(-1) < 0u → true
        dyn(1) < 1.5 → true
        dyn(2) > 1.5 → true
        dyn(1u) <= 1.0 → true
        dyn(9007199254740993) > 9007199254740992.0 → true
        dyn(9223372036854775807) < 9223372036854775808.0 → true
        1 >= dyn(18446744073709551615u) → false
        dyn(18446744073709551615u) < 18446744073709551616.0 → true
        dyn(1.0) < 9223372036854775807 → true
        dyn(-1e300) < 1 → true
        dyn(1e300) > 1u → true
        0.0 / 0.0 < 1.0 → false
        0.0 / 0.0 >= 1.0 → false
        dyn(0.0 / 0.0) < 1 → false
        false < true → true
        true <= false → false
        "a" < "b" → true
        "a" < "aa" → true
        "Z" < "a" → true
        "\uFFFF" < "\U00010000" → true
        b"a" < b"b" → true
        b"\x01" < b"\xff" → true
        b"" < b"\x00" → true
        timestamp("2020-01-01T00:00:00Z") < timestamp("2020-01-01T00:00:01Z") → true
        duration("1m") < duration("61s") → true
        dyn("a") < dyn(1) → ! NoMatchingOverload
        null < null → ! NoMatchingOverload
        [1] < [2] → ? < does not take list(int) and list(int)
        """);

    [Fact]
    public void And_and_or_absorb_errors_whatever_the_order() => Given.Holds("""
        true && true → true
        true && false → false
        false || true → true
        false || false → false
        false && 1 / 0 > 0 → false
        1 / 0 > 0 && false → false
        true && 1 / 0 > 0 → ! DivideByZero
        1 / 0 > 0 && true → ! DivideByZero
        true || 1 / 0 > 0 → true
        1 / 0 > 0 || true → true
        false || 1 / 0 > 0 → ! DivideByZero
        1 / 0 > 0 || false → ! DivideByZero
        1 / 0 > 0 || 2 % 0 > 0 || true → true
        1 / 0 > 0 && 2 % 0 > 0 && false → false
        dyn("x") && false → false
        dyn("x") && true → ! NoMatchingOverload
        dyn("x") || true → true
        dyn(1) || dyn(2) → ! NoMatchingOverload
        "x" && true → ? this side of && is string
        !(1 / 0 > 0) → ! DivideByZero
        !dyn(1) → ! NoMatchingOverload
        true ? 1 : 1 / 0 → 1
        false ? 1 / 0 : 2 → 2
        1 / 0 > 0 ? 1 : 2 → ! DivideByZero
        true ? 1 : "a" → ? the results are int and string
        ~true ? 1 : "a" → 1
        ~"a" ? 1 : 2 → ! NoMatchingOverload
        true ? dyn(1) : "a" → 1
        """);

    [Fact]
    public void Lists_are_indexed_by_whole_numbers() => Given.Holds("""
        [7, 8, 9][0] → 7
        [7, 8, 9][2] → 9
        [7, 8, 9][3] → ! IndexOutOfRange
        [7, 8, 9][-1] → ! IndexOutOfRange
        [][0] → ! IndexOutOfRange
        [7, 8, 9][dyn(1u)] → 8
        [7, 8, 9][dyn(1.0)] → 8
        [7, 8, 9][dyn(1.5)] → ! NoMatchingOverload
        [7, 8, 9][dyn("a")] → ! NoMatchingOverload
        [7][dyn(18446744073709551615u)] → ! IndexOutOfRange
        [7]["a"] → ? the index of a list is string
        [1, 2, 3,] → [1, 2, 3]
        [,] → ? cannot stand here
        1 in [1, 2] → true
        3 in [1, 2] → false
        1 in [] → false
        dyn(1.0) in [1, 2] → true
        dyn("a") in [1, 2] → false
        "a" in [1] → ? in does not take string and list(int)
        [1] in [[1], [2]] → true
        null in [null] → true
        1 in dyn(5) → ! NoMatchingOverload
        5[0] → ? int has no index
        """);

    [Fact]
    public void Maps_have_keys_of_four_types_and_find_the_same_number() => Given.Holds("""
        {"a": 1}["a"] → 1
        {"a": 1}.a → 1
        {"a": 1}.b → ! NoSuchKey
        {"a": 1}["b"] → ! NoSuchKey
        {1: "i", 2u: "u", true: "b", "s": "s"}[2] → "u"
        {1: "a"}[dyn(1u)] → "a"
        {1u: "a"}[dyn(1)] → "a"
        {1: "a"}[dyn(1.0)] → "a"
        {1: "a"}[dyn(1.5)] → ! NoSuchKey
        {18446744073709551615u: "a"}[dyn(-1)] → ! NoSuchKey
        {true: 1}[true] → 1
        {1: "a"}[dyn(null)] → ! NoSuchKey
        {"a": 1, "a": 2} → ! InvalidArgument
        {1: "a", 1u: "b"} → ! InvalidArgument
        {1.0: "a"} → ? a key is double
        {null: "a"} → ? a key is null_type
        ~{1.0: "a"} → ! InvalidArgument
        ~{[1]: "a"} → ! InvalidArgument
        {"a": 1,} → {"a": 1}
        "a" in {"a": 1} → true
        "b" in {"a": 1} → false
        dyn(1) in {1u: 2} → true
        dyn(1.0) in {1: 2} → true
        dyn(null) in {1: 2} → false
        1 in {"a": 1} → ? in does not take int and map(string, int)
        {"a": {"b": [1, 2]}}.a.b[1] → 2
        {1: 2}.a → ? the keys of map(int, int) are not strings
        {"a": 1 / 0} → ! DivideByZero
        {"true": 1} → {"true": 1}
        """);

    [Fact]
    public void Records_have_declared_fields() => Given.Holds("""
        point.x → 3
        point.y → 0
        point.label → null
        point.next.next.x → 0
        point.z → ? point has no field z; expected one of x, y, label, next
        has(point.x) → true
        has(point.y) → false
        has(point.next) → false
        has(point.z) → ? point has no field z
        strict.known → 1
        strict.unknown → ! NoSuchField
        has(strict.unknown) → false
        strict.knwon → ? did you mean known
        test.Point{x: 1, y: 2}.y → 2
        test.Point{} == test.Point{x: 0} → false
        test.Point{x: "a"} → ? x is string; expected int
        test.Point{z: 1} → ? test.Point has no field z
        test.Point{x: 1, x: 2} → ? is there twice
        test.Point{label: null}.label → null
        test.Point{label: "a"}.label → "a"
        test.Point{next: test.Point{x: 5}}.next.x → 5
        has(test.Point{next: test.Point{}}.next) → true
        test.Pint{} → ? did you mean test.Point
        type(point) == test.Point → true
        maybe == null → true
        maybe == 1 → false
        google.protobuf.Int32Value{value: 5} → 5
        google.protobuf.Int32Value{} → 0
        google.protobuf.Int32Value{value: 2147483648} → ! Overflow
        google.protobuf.UInt32Value{value: 4294967296u} → ! Overflow
        google.protobuf.BoolValue{value: true} → true
        google.protobuf.StringValue{value: "a"} == "a" → true
        google.protobuf.FloatValue{value: 1.5} → 1.5
        google.protobuf.Struct{fields: {"a": 1.0}}.a → 1.0
        google.protobuf.ListValue{values: [1.0]}[0] → 1.0
        google.protobuf.Value{string_value: "a"} → "a"
        google.protobuf.Value{} → null
        google.protobuf.Timestamp{seconds: 1} → timestamp("1970-01-01T00:00:01Z")
        google.protobuf.Duration{seconds: 1, nanos: 500000000} → duration("1.5s")
        """);
}
