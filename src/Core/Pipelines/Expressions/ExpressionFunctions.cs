using Fairway.Configuration;

namespace Fairway.Pipelines.Expressions;

/// <summary>The functions of the language: their names and how many arguments they take.</summary>
public static class ExpressionFunctions
{
    private const int Many = 255;

    private static readonly ImmutableArray<(string Name, int Least, int Most)> General =
    [
        ("contains", 2, 2), ("endsWith", 2, 2), ("format", 1, Many), ("fromJSON", 1, 1), ("join", 1, 2), ("startsWith", 2, 2),
        ("toJSON", 1, 1), ("case", 3, Many),
    ];

    /// <summary>All names, as they are documented.</summary>
    public static ImmutableArray<string> Names { get; } =
        [.. General.Select(function => function.Name), "hashFiles", .. ExpressionScope.StatusFunctions];

    internal static ExpressionIssue? Check(string written, int arguments, ExpressionScope scope, int offset)
    {
        var known = Names.FirstOrDefault(name => name.Equals(written, StringComparison.OrdinalIgnoreCase));
        if (known is null)
            return new(ExpressionFault.UnknownFunction, offset, written.Length, $"{written} is no function", null,
                NearestName.Of(written, Names));
        if (Arguments(known, scope) is not { } bounds)
            return new(ExpressionFault.FunctionNotHere, offset, written.Length, $"{known}() cannot be called in {scope.Place}",
                Elsewhere(known));
        if (arguments < bounds.Least)
            return new(ExpressionFault.TooFewArguments, offset, written.Length, $"{known}() has too few arguments", Count(bounds));
        if (arguments > bounds.Most)
            return new(ExpressionFault.TooManyArguments, offset, written.Length, $"{known}() has too many arguments", Count(bounds));
        return known == "case" && arguments % 2 == 0
            ? new(ExpressionFault.EvenArguments, offset, written.Length, "case() has no value for when no condition holds",
                "conditions with their values, then one value more")
            : null;
    }

    private static (int Least, int Most)? Arguments(string name, ExpressionScope scope)
    {
        foreach (var (function, least, most) in General)
            if (function == name) return (least, most);
        if (name == "hashFiles") return scope.HashFiles ? (1, Many) : null;
        if (scope.Status == StatusArguments.NotHere) return null;
        return scope.Status == StatusArguments.Jobs && name is ("success" or "failure") ? (0, Many) : (0, 0);
    }

    private static string Elsewhere(string name)
        => name == "hashFiles" ? "it in a step" : "it in if; elsewhere job.status says how the job goes";

    private static string Count((int Least, int Most) bounds) => bounds switch
    {
        (0, 0) => "none",
        var (least, most) when least == most => least == 1 ? "1 argument" : $"{least} arguments",
        (var least, Many) => $"at least {least}",
        var (least, most) => $"{least} or {most} arguments",
    };
}
