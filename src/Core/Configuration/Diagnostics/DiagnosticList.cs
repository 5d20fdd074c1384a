namespace Fairway.Configuration;

/// <summary>Collects mistakes. The same mistake at the same place counts once, however often it is met.</summary>
public sealed class DiagnosticList
{
    private readonly List<Diagnostic> _items = [];
    private readonly HashSet<(string Code, SourcePosition At, string What)> _seen = [];

    /// <summary>Whether the configuration must be refused.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>All of them, by file in the order of reading, then by line and column.</summary>
    public ImmutableArray<Diagnostic> Sorted()
    {
        var files = new List<SourceFile>();
        foreach (var item in _items)
            if (!files.Contains(item.At.File)) files.Add(item.At.File);
        return [.. _items.OrderBy(item => files.IndexOf(item.At.File)).ThenBy(item => item.At.Line).ThenBy(item => item.At.Column)
            .ThenBy(item => item.Code.Id, StringComparer.Ordinal)];
    }

    /// <summary>Adds one unless it is there.</summary>
    public void Add(Diagnostic diagnostic)
    {
        if (!_seen.Add((diagnostic.Code.Id, diagnostic.At, diagnostic.What))) return;
        HasErrors |= diagnostic.Severity == DiagnosticSeverity.Error;
        _items.Add(diagnostic);
    }

    /// <summary>Adds an error.</summary>
    public void Error(DiagnosticCode code, SourcePosition at, string what, string? expected = null, string? didYouMean = null,
        params ImmutableArray<RelatedPlace> related)
        => Add(new() { Code = code, Severity = DiagnosticSeverity.Error, At = at, What = what, Expected = expected,
            DidYouMean = didYouMean, Related = related });

    /// <summary>Adds a warning.</summary>
    public void Warning(DiagnosticCode code, SourcePosition at, string what, string? expected = null, string? didYouMean = null,
        params ImmutableArray<RelatedPlace> related)
        => Add(new() { Code = code, Severity = DiagnosticSeverity.Warning, At = at, What = what, Expected = expected,
            DidYouMean = didYouMean, Related = related });
}
