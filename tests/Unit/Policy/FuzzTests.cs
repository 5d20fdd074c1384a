using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Policy;

public sealed class FuzzTests
{
    private static readonly string[] Words =
    [
        "1", "0", "-1", "2u", "1.5", "true", "false", "null", "'a'", "\"é🤪\"", "b'\\xff'", "x", "text", "any", "list", "map", "point", "strict", "now", "maybe", "a.b.c", "(", ")", "[", "]", "{", "}",
        ",", ":", "?", ".", "+", "-", "*", "/", "%", "<", "<=", "==", "!=", ">", "&&", "||", "!", "in", "has(", "size(", "int(", "string(", "type(", "duration('1s')", ".map(e, ", ".all(e, ", ".filter(e, ", "e",
        ".?", "[?", "optional.of(", ".orValue(", "test.Point{", "x:", "cel.bind(y, ", "y", ".format(", ".matches(", "timestamp(0)", "math.greatest(", "lists.range(", "`a-b`", "//", "'", "\\", "\n", "for", "\ud800",
    ];

    private static void Survives(string text)
    {
        foreach (var compilation in new[] { CelProgram.Compile(text, Given.Declarations), CelProgram.Parse(text, Given.Declarations) })
        {
            if (compilation.Program is not { } program)
            {
                Assert.NotEmpty(compilation.Issues);
                continue;
            }
            var outcome = program.Evaluate(Given.Bindings, new(20_000, 20_000));
            Assert.True(outcome.Value is null != outcome.Error is null, text);
            var printed = program.ToString();
            var again = CelProgram.Parse(printed, Given.Declarations).Program;
            Assert.True(again is not null && again.ToString() == printed, $"{text} is printed as {printed}, which is {again}");
            Assert.Equal(outcome.Value?.ToString() ?? outcome.Error!.ErrorKind.ToString(),
                again.Evaluate(Given.Bindings, new(20_000, 20_000)) is var other && other.Value is { } value ? value.ToString() : other.Error!.ErrorKind.ToString());
        }
    }

    [Fact]
    public void Words_in_any_order_never_throw_and_what_parses_prints_and_parses_again()
        => Prop.ForAll(Gen.Elements(Words).ArrayOf().Select(words => string.Concat(words.Take(24).Select((word, i) => i % 3 == 0 ? " " + word : word))).ToArbitrary(), Survives)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithReplay(1, 3));

    [Fact]
    public void Any_characters_never_throw()
        => Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => Survives(text ?? "")).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000).WithReplay(7, 5));

    [Fact]
    public void What_is_checked_has_the_type_that_was_found()
        => Prop.ForAll(Typed(4).ToArbitrary(), text =>
            {
                var compilation = CelProgram.Compile(text, Given.Declarations);
                Assert.True(compilation.Program is not null, $"{text}: {string.Join("; ", compilation.Issues)}");
                var outcome = compilation.Program.Evaluate(Given.Bindings, CelLimits.Default);
                Assert.True(outcome.Error is null or { ErrorKind: not CelErrorKind.NoMatchingOverload }, $"{text}: {outcome.Error}");
                if (outcome.Value is { } value) Assert.True(Fits(compilation.Program.Type, value), $"{text} is {value.Type} and was found to be {compilation.Program.Type}");
                Assert.Equal(compilation.Program.ToString(), CelProgram.Compile(compilation.Program.ToString(), Given.Declarations).Program?.ToString());
            })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(11, 13));

    private static bool Fits(CelType type, CelValue value) => type.Kind switch
    {
        CelKind.Dyn => true,
        CelKind.List => value is CelList list && list.Items.All(item => Fits(type.Parameters[0], item)),
        CelKind.Map => value is CelMap map && map.Entries.All(entry => Fits(type.Parameters[0], entry.Key) && Fits(type.Parameters[1], entry.Value)),
        CelKind.Optional => value is CelOptional optional && (optional.Value is null || Fits(type.Parameters[0], optional.Value)),
        _ => value.Kind == type.Kind,
    };

    // Expressions that have a type, by construction.
    private static Gen<string> Typed(int depth) => Gen.OneOf(Int(depth), Bool(depth), Text(depth), List(depth), Real(depth));

    private static Gen<string> Int(int depth) => depth == 0 ? Gen.Elements("x", "1", "-3", "list[0]", "map.one", "point.x", "9223372036854775807") : Gen.OneOf(
        Int(0), Two("({0} + {1})", Int(depth - 1), Int(depth - 1)), Two("({0} / {1})", Int(depth - 1), Int(depth - 1)), Two("{0} * {1}", Int(0), Int(0)),
        One("size({0})", Text(depth - 1)), One("{0}.size()", List(depth - 1)), One("int({0})", Real(depth - 1)), Three("({0} ? {1} : {2})", Bool(depth - 1), Int(depth - 1), Int(depth - 1)),
        One("{0}.first().orValue(3)", List(depth - 1)), Two("cel.bind(b, {0}, b + {1})", Int(depth - 1), Int(0)), One("math.greatest({0}, 5)", Int(depth - 1)), One("-({0})", Int(depth - 1)));

    private static Gen<string> Bool(int depth) => depth == 0 ? Gen.Elements("true", "false", "has(map.two)", "has(point.y)") : Gen.OneOf(
        Bool(0), Two("({0} && {1})", Bool(depth - 1), Bool(depth - 1)), Two("({0} || {1})", Bool(depth - 1), Bool(depth - 1)), One("!({0})", Bool(depth - 1)), Two("({0} < {1})", Int(depth - 1), Int(depth - 1)),
        Two("({0} == {1})", Text(depth - 1), Text(depth - 1)), Two("({0} in {1})", Int(depth - 1), List(depth - 1)), Two("{0}.contains({1})", Text(depth - 1), Text(0)), Two("{0}.all(e, e > {1})", List(depth - 1), Int(0)),
        One("{0}.exists(e, 10 / e > 1)", List(depth - 1)), One("{0}.matches('a.*b')", Text(depth - 1)), One("{0}.exists(i, e, i == e)", List(depth - 1)));

    private static Gen<string> Text(int depth) => depth == 0 ? Gen.Elements("text", "'a'", "\"\\n\"", "a.b.c", "r'\\d'") : Gen.OneOf(
        Text(0), Two("({0} + {1})", Text(depth - 1), Text(depth - 1)), One("string({0})", Int(depth - 1)), One("{0}.upperAscii()", Text(depth - 1)), Two("{0}.substring({1})", Text(depth - 1), Int(0)),
        Two("'%s %d'.format([{0}, {1}])", Text(depth - 1), Int(depth - 1)), One("{0}.split('').join('-')", Text(depth - 1)), One("string({0} == [])", List(depth - 1)));

    private static Gen<string> Real(int depth) => depth == 0 ? Gen.Elements("1.5", "-0.25", "1e300", "double(x)") : Gen.OneOf(
        Real(0), Two("({0} * {1})", Real(depth - 1), Real(depth - 1)), One("double({0})", Int(depth - 1)), One("math.round({0})", Real(depth - 1)), Two("({0} - {1})", Real(depth - 1), Real(0)));

    private static Gen<string> List(int depth) => depth == 0 ? Gen.Elements("list", "[1, 2]", "lists.range(4)", "[x]") : Gen.OneOf(
        List(0), Two("({0} + {1})", List(depth - 1), List(depth - 1)), Two("{0}.map(e, e + {1})", List(depth - 1), Int(0)), Two("{0}.filter(e, e != {1})", List(depth - 1), Int(0)), Two("[{0}, {1}]", Int(depth - 1), Int(depth - 1)),
        One("{0}.sort()", List(depth - 1)), One("{0}.distinct().reverse()", List(depth - 1)), One("[{0}].flatten()", List(depth - 1)), One("{0}.transformList(i, v, i + v)", List(depth - 1)), One("{0}.sortBy(e, -e)", List(0)));

    private static Gen<string> One(string form, Gen<string> part) => part.Select(a => string.Format(System.Globalization.CultureInfo.InvariantCulture, form, a));

    private static Gen<string> Two(string form, Gen<string> one, Gen<string> other) => one.SelectMany(a => other.Select(b => string.Format(System.Globalization.CultureInfo.InvariantCulture, form, a, b)));

    private static Gen<string> Three(string form, Gen<string> one, Gen<string> other, Gen<string> last) => Two(form.Replace("{2}", "{{2}}", StringComparison.Ordinal), one, other)
        .SelectMany(ab => last.Select(c => ab.Replace("{2}", c, StringComparison.Ordinal)));
}
