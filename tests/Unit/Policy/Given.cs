namespace Fairway.Policy;

internal static class Given
{
    /// <summary>Variables for the tables: one of each sort.</summary>
    public static CelDeclarations Declarations { get; } = CelDeclarations.Standard
        .WithRecord(new("test.Point", [new("x", CelType.Int), new("y", CelType.Int), new("label", CelType.Wrapper(CelType.String)), new("next", CelType.Record("test.Point"))], HasDefaults: true))
        .WithRecord(new("test.Strict", [new("known", CelType.Int), new("unknown", CelType.Int)]))
        .WithVariable("x", CelType.Int).WithVariable("text", CelType.String).WithVariable("any", CelType.Dyn).WithVariable("list", CelType.List(CelType.Int))
        .WithVariable("map", CelType.Map(CelType.String, CelType.Int)).WithVariable("point", CelType.Record("test.Point")).WithVariable("strict", CelType.Record("test.Strict"))
        .WithVariable("now", CelType.Timestamp).WithVariable("a.b.c", CelType.String).WithVariable("a.b", CelType.Map(CelType.String, CelType.String))
        .WithVariable("maybe", CelType.Wrapper(CelType.Int)).WithVariable("box.x", CelType.Int)
        .WithFunction(CelFunction.Of("twice(int) -> int", (_, a) => CelInt.Of(((CelInt)a[0]).Value * 2)));

    public static CelBindings Bindings { get; } = CelBindings.Empty.With("x", CelInt.Of(7)).With("text", new CelString("héllo 🤪")).With("any", new CelDouble(2))
        .With("list", new CelList([CelInt.Of(1), CelInt.Of(2), CelInt.Of(3)]))
        .With("map", CelMap.OfText([new("one", CelInt.Of(1)), new("two", CelInt.Of(2))]))
        .With("point", new CelRecord(Declarations.Records["test.Point"], [new("x", CelInt.Of(3))]))
        .With("strict", new CelRecord(Declarations.Records["test.Strict"], [new("known", CelInt.Of(1))]))
        .With("now", new CelTimestamp(NodaTime.Instant.FromUtc(2026, 11, 20, 23, 30, 15)))
        .With("a.b.c", new CelString("long")).With("a.b", CelMap.OfText([new("c", new CelString("short")), new("d", new CelString("field"))]))
        .With("maybe", CelNull.Value).With("box.x", CelInt.Of(5));

    public static CelProgram Program(string text) => CelProgram.Compile(text, Declarations) switch
    {
        { Program: { } program } => program,
        var compilation => throw new InvalidOperationException($"{text}: {string.Join("; ", compilation.Issues)}"),
    };

    /// <summary>The value as it is written, or <c>error: …</c>, or <c>issue: …</c>.</summary>
    public static string Answer(string text, bool check = true)
    {
        var compilation = check ? CelProgram.Compile(text, Declarations) : CelProgram.Parse(text, Declarations);
        if (compilation.Program is not { } program) return "issue: " + string.Join("; ", compilation.Issues);
        var outcome = program.Evaluate(Bindings, CelLimits.Default);
        return outcome.Error is { } error ? $"error: {error.ErrorKind}: {error}" : outcome.Value!.ToString();
    }

    /// <summary>
    /// Rows of <c>expression → value</c>; a value <c>! Kind</c> is an error, <c>? words</c> an issue. A row that begins with <c>~</c> is not checked.
    /// What differs is listed.
    /// </summary>
    public static void Holds(string table)
    {
        var wrong = new List<string>();
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var arrow = line.LastIndexOf(" → ", StringComparison.Ordinal);
            Assert.True(arrow > 0, $"a row is `expression → value`: {line}");
            var (expression, expected) = (line[..arrow].TrimEnd(), line[(arrow + 3)..].Trim());
            var check = !expression.StartsWith('~');
            var actual = Answer(check ? expression : expression[1..], check);
            var fits = expected.StartsWith('!') ? actual.StartsWith($"error: {expected[1..].Trim()}", StringComparison.Ordinal)
                : expected.StartsWith('?') ? actual.StartsWith("issue: ", StringComparison.Ordinal) && actual.Contains(expected[1..].Trim(), StringComparison.Ordinal)
                : actual == expected;
            if (!fits) wrong.Add($"{expression} → {actual}, not {expected}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
