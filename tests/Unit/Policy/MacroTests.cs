namespace Fairway.Policy;

public sealed class MacroTests
{
    [Fact]
    public void Has_asks_for_a_field_or_a_key() => Given.Holds("""
        has({"a": 1}.a) → true
        has({"a": null}.a) → true
        has({"a": 1}.b) → false
        has({"a": {"b": 1}}.a.b) → true
        has({"a": {}}.a.b) → false
        has({}.a.b) → ! NoSuchKey
        has(map.one) → true
        has(map.three) → false
        has(x) → ? has() asks for a field
        has(list[0]) → ? has() asks for a field
        has(x.y) → ? int has no fields
        ~has(x.y) → ! NoMatchingOverload
        has(dyn({"a": 1}).a) → true
        """);

    [Fact]
    public void All_and_exists_decide_in_spite_of_errors() => Given.Holds("""
        [1, 2, 3].all(e, e > 0) → true
        [1, 2, 3].all(e, e > 1) → false
        [].all(e, e > 1) → true
        [1, 0, -1].all(e, 1 / e > 0) → false
        [1, 0].all(e, 1 / e > 0) → ! DivideByZero
        [0, -1].all(e, 1 / e > 0) → false
        {"a": 1, "b": 2}.all(k, k < "c") → true
        {"a": 1}.all(k, k == "b") → false
        [1, 2, 3].exists(e, e > 2) → true
        [1, 2, 3].exists(e, e > 3) → false
        [].exists(e, e > 3) → false
        [0, 1].exists(e, 1 / e > 0) → true
        [0, -1].exists(e, 1 / e > 0) → ! DivideByZero
        {"a": 1}.exists(k, k == "a") → true
        [1, 2].all(e, e) → ? the condition of all() is int
        ~[1, 2].all(e, e) → ! NoMatchingOverload
        ~[dyn(1), true].exists(e, e) → true
        1.all(e, true) → ? all() is called on int
        x.all(e, true) → ? all() is called on int
        ~x.all(e, true) → ! NoMatchingOverload
        [1].all(1, true) → ? all names a variable first
        [1].all(e.f, true) → ? all names a variable first
        [[1, 2], [3]].all(l, l.all(e, e > 0)) → true
        [1, 2].all(x, x < 3) && x == 7 → true
        """);

    [Fact]
    public void Exists_one_counts_and_absorbs_nothing() => Given.Holds("""
        [1, 2, 3].exists_one(e, e > 2) → true
        [1, 2, 3].exists_one(e, e > 1) → false
        [1, 2, 3].exists_one(e, e > 3) → false
        [1, 2, 3].existsOne(e, e > 2) → true
        [].exists_one(e, true) → false
        [1, 0].exists_one(e, 1 / e > 0) → ! DivideByZero
        [1, 1, 0].exists_one(e, 1 / e > 0) → ! DivideByZero
        {"a": 1, "ab": 2}.exists_one(k, k.startsWith("a")) → false
        {"a": 1, "ab": 2}.exists_one(k, k.endsWith("b")) → true
        """);

    [Fact]
    public void Map_and_filter_make_lists() => Given.Holds("""
        [1, 2, 3].map(e, e * e) → [1, 4, 9]
        [].map(e, e) → []
        [1, 2, 3].map(e, e > 1, e * 10) → [20, 30]
        {"a": 1, "b": 2}.map(k, k + "!") → ["a!", "b!"]
        {"a": 1, "b": 2}.map(k, k == "b", k) → ["b"]
        [1, 0].map(e, 1 / e) → ! DivideByZero
        [1, 2].map(e, "x", e) → ? the condition of map() is string
        [1, 2, 3].filter(e, e % 2 == 1) → [1, 3]
        [1, 2, 3].filter(e, e > 5) → []
        {"a": 1, "b": 2}.filter(k, k != "a") → ["b"]
        [0, 1].filter(e, 1 / e > 0) → ! DivideByZero
        [1, 2, 3].filter(e, e > 1).map(e, e + 1) → [3, 4]
        [[1, 2], [3, 4]].map(l, l.map(e, e + 1)) → [[2, 3], [4, 5]]
        [1, 2].map(e, e) == [1, 2] → true
        """);

    [Fact]
    public void With_two_variables_index_and_item_or_key_and_value_are_seen() => Given.Holds("""
        [1, 2, 3].all(i, v, i < v) → true
        [1, 2, 3].all(i, v, i > 0) → false
        {"a": 1, "b": 2}.all(k, v, v > 0) → true
        [3, 2, 1].exists(i, v, i == v) → false
        [3, 1, 1].exists(i, v, i == v) → true
        {"a": "a", "b": "c"}.exists(k, v, k == v) → true
        [1, 2, 3].existsOne(i, v, i == 1 && v == 2) → true
        [1, 2, 3].exists_one(i, v, v > 1) → false
        [1, 2, 3].transformList(i, v, i * v) → [0, 2, 6]
        [1, 2, 3].transformList(i, v, i > 0, i * v) → [2, 6]
        {"a": 1, "b": 2}.transformList(k, v, k + string(v)) → ["a1", "b2"]
        [1, 2].transformMap(i, v, v * 10) → {0: 10, 1: 20}
        {"a": 1, "b": 2}.transformMap(k, v, v + 1) → {"a": 2, "b": 3}
        {"a": 1, "b": 2}.transformMap(k, v, k == "b", v + 1) → {"b": 3}
        {"a": "x", "b": "y"}.transformMapEntry(k, v, {v: k}) → {"x": "a", "y": "b"}
        {"a": "x", "b": "y"}.transformMapEntry(k, v, k == "a", {v: k}) → {"x": "a"}
        {"a": "x", "b": "x"}.transformMapEntry(k, v, {v: k}) → ! InvalidArgument
        ["p:1", "q:2"].transformMapEntry(i, v, {v.split(":")[0]: v.split(":")[1]}) → {"p": "1", "q": "2"}
        [1].transformMapEntry(i, v, v) → ? makes int
        [1].all(i, i, true) → ? is there twice
        [0, 1].all(i, v, v == 0 || 1 / i > 0) → true
        """);

    [Fact]
    public void Bind_names_a_value_for_a_while() => Given.Holds("""
        cel.bind(a, 1 + 1, a * a) → 4
        cel.bind(a, "hello", cel.bind(b, "world", a + b + b + a)) → "helloworldworldhello"
        cel.bind(x, 1, x) + x → 8
        cel.bind(x, x + 1, x) → 8
        cel.bind(e, 1 / 0, true) → true
        cel.bind(e, 1 / 0, e > 1) → ! DivideByZero
        cel.bind(1, 2, 3) → ? cel.bind names a variable first
        cel.bind(a, [1, 2], [3, 2].exists(e, e in a)) → true
        [1, 2].map(a, cel.bind(b, a * 2, b + a)) → [3, 6]
        """);

    [Fact]
    public void Optional_values_are_chosen_chained_and_built() => Given.Holds("""
        {"a": 1}.?a → optional.of(1)
        {"a": 1}.?b → optional.none()
        {"a": {"b": 1}}.?a.b → optional.of(1)
        {"a": {"b": 1}}.?a.c → optional.none()
        {"a": {"b": 1}}.?a.?b → optional.of(1)
        {}.?a.?b.orValue(5) → 5
        {"a": 1}[?"a"] → optional.of(1)
        {"a": 1}[?"b"] → optional.none()
        [1, 2][?0] → optional.of(1)
        [1, 2][?5] → optional.none()
        [1, 2][?-1] → optional.none()
        {"a": [1, 2]}.?a[1] → optional.of(2)
        {"a": [1, 2]}.?a[9].orValue(0) → 0
        point.?x → optional.of(3)
        point.?y → optional.none()
        point.?z → ? point has no field z
        strict.?unknown.orValue(9) → 9
        optional.of(1).hasValue() → true
        optional.none().hasValue() → false
        optional.of(1).value() → 1
        optional.none().value() → ! InvalidArgument
        optional.of(1).or(optional.of(2)) → optional.of(1)
        optional.none().or(optional.of(2)) → optional.of(2)
        optional.of(1).or(1 / 0 > 0 ? optional.of(1) : optional.none()) → optional.of(1)
        optional.of(1).orValue(1 / 0) → 1
        optional.none().orValue(1 / 0) → ! DivideByZero
        optional.of(1).orValue("a") → ? orValue() does not take
        optional.ofNonZeroValue(0) → optional.none()
        optional.ofNonZeroValue(1) → optional.of(1)
        optional.ofNonZeroValue("") → optional.none()
        optional.ofNonZeroValue([]) → optional.none()
        optional.ofNonZeroValue({}) → optional.none()
        optional.ofNonZeroValue(null) → optional.none()
        optional.ofNonZeroValue(test.Point{}) → optional.none()
        optional.ofNonZeroValue(duration("0")) → optional.none()
        optional.of(1).optMap(e, e + 1) → optional.of(2)
        optional.none().optMap(e, e + 1) → optional.none()
        {"a": 2}.?a.optMap(e, e * 2).orValue(0) → 4
        {"a": {"b": 2}}.?a.optFlatMap(e, e.?b) → optional.of(2)
        {"a": {}}.?a.optFlatMap(e, e.?b) → optional.none()
        optional.of(1).optFlatMap(e, e) → ? optFlatMap() makes int
        x.optMap(e, e) → ? optMap() is called on int
        [?optional.of(1), ?optional.none(), 3] → [1, 3]
        [?1] → ? what follows ? is int
        ~[?1] → ! NoMatchingOverload
        {?"a": optional.of(1), ?"b": optional.none()} → {"a": 1}
        test.Point{?x: optional.of(1), ?y: optional.none()} == test.Point{x: 1} → true
        optional.unwrap([optional.of(1), optional.none()]) → [1]
        [optional.of(1), optional.none()].unwrapOpt() → [1]
        type(optional.of(1)) == optional_type → true
        has({"a": 1}.?a) → ? has() asks for a field
        has(optional.of({"a": 1}).a) → true
        optional.of(optional.of(1)) → optional.of(optional.of(1))
        """);
}
