namespace Fairway.Scanning;

/// <summary>A text that an instruction carries: <c>&lt;&lt;EOF</c> and what follows up to the line <c>EOF</c>.</summary>
/// <param name="Name">Its end word.</param>
/// <param name="Text">Its lines.</param>
public sealed record DockerHeredoc(string Name, string Text);

/// <summary>An instruction of a Dockerfile.</summary>
/// <param name="Keyword">Upper-case, such as <c>RUN</c>.</param>
/// <param name="Flags">What stands behind <c>--</c>, by name; empty values where none is given.</param>
/// <param name="Arguments">The rest, with continued lines joined by a blank.</param>
/// <param name="Line">Its first line, from 1.</param>
/// <param name="EndLine">Its last line, heredocs included.</param>
public sealed record DockerInstruction(string Keyword, ImmutableDictionary<string, string> Flags, string Arguments, int Line, int EndLine)
{
    /// <summary>What it carries, in order.</summary>
    public ImmutableArray<DockerHeredoc> Heredocs { get; init; } = [];

    /// <summary>Its arguments where they are a JSON list of strings; null otherwise.</summary>
    public ImmutableArray<string>? Exec { get; init; }

    /// <summary>Its arguments, split at blanks; quotes stay.</summary>
    public string[] Words => Arguments.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What a shell runs: the arguments and every heredoc.</summary>
    public string Script => Exec is { } exec ? string.Join(' ', exec) : Heredocs.IsEmpty ? Arguments : Arguments + "\n" + string.Join('\n', Heredocs.Select(heredoc => heredoc.Text));
}

/// <summary>What begins with a <c>FROM</c>.</summary>
/// <param name="From">The instruction.</param>
/// <param name="Image">What it names, with variables replaced by their defaults where they have one.</param>
/// <param name="Name">What it is called by <c>AS</c>, lower-case; null when it has no name.</param>
/// <param name="Instructions">What follows.</param>
public sealed record DockerStage(DockerInstruction From, string Image, string? Name, ImmutableArray<DockerInstruction> Instructions);

/// <summary>A Dockerfile.</summary>
/// <param name="Arguments"><c>ARG</c> before the first stage.</param>
/// <param name="Stages">Stages, in order.</param>
/// <param name="Problems">What cannot be read: line and sentence.</param>
public sealed record Dockerfile(ImmutableArray<DockerInstruction> Arguments, ImmutableArray<DockerStage> Stages, ImmutableArray<(int Line, string Text)> Problems)
{
    /// <summary>Whether a file's name is that of a Dockerfile.</summary>
    public static bool IsOne(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        // "Dockerfile.dev" is one; "Dockerfile.cs" is about them.
        var other = name.EndsWith(".cs", StringComparison.Ordinal) || name.EndsWith(".md", StringComparison.Ordinal) || name.EndsWith(".go", StringComparison.Ordinal)
            || name.EndsWith(".py", StringComparison.Ordinal) || name.EndsWith(".js", StringComparison.Ordinal) || name.EndsWith(".dockerignore", StringComparison.Ordinal);
        return name is "Dockerfile" or "Containerfile"
            || (!other && (name.StartsWith("Dockerfile.", StringComparison.Ordinal) || name.StartsWith("Containerfile.", StringComparison.Ordinal)))
            || name.EndsWith(".dockerfile", StringComparison.OrdinalIgnoreCase);
    }
}
