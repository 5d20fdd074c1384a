namespace Fairway.StartProfile;

/// <summary>A type as the runtime's events print it: <c>A.B`1+C[System.Int32,D`1[System.__Canon]]</c>.</summary>
/// <param name="Name">Without arguments; nested types behind a plus sign.</param>
/// <param name="Arguments">Of all enclosing types together, as in metadata.</param>
/// <param name="IsArray">A vector of these.</param>
internal sealed record TypeName(string Name, IReadOnlyList<TypeName> Arguments, bool IsArray)
{
    /// <summary>Reads a name; null when it is none.</summary>
    public static TypeName? Parse(string text)
    {
        var at = 0;
        var type = Parse(text, ref at);
        return at == text.Length ? type : null;
    }

    /// <summary>Reads names between commas; empty for an empty text, null when one is none.</summary>
    public static IReadOnlyList<TypeName>? ParseList(string text) =>
        text.Length == 0 ? [] : Parse($"List[{text}]") is { } list ? list.Arguments : null;

    private static TypeName? Parse(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] is not ('[' or ']' or ',')) at++;
        var name = text[start..at];
        if (name.Length == 0) return null;
        var arguments = new List<TypeName>();
        if (at + 1 < text.Length && text[at] == '[' && text[at + 1] is not (']' or ','))
        {
            do
            {
                at++;
                if (Parse(text, ref at) is not { } argument) return null;
                arguments.Add(argument);
            }
            while (at < text.Length && text[at] == ',');
            if (at == text.Length || text[at] != ']') return null;
            at++;
        }
        var array = at + 1 < text.Length && text[at] == '[' && text[at + 1] == ']';
        if (array) at += 2;
        return new(name, arguments, array);
    }
}
