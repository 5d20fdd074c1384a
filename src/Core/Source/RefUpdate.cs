namespace Fairway.Source;

/// <summary>What a push does to a branch or tag.</summary>
/// <param name="Ref">Full name, such as <c>refs/heads/main</c>.</param>
/// <param name="Old">Commit before; all zeros for a new one.</param>
/// <param name="New">Commit after; all zeros when it is deleted.</param>
public sealed record RefUpdate(string Ref, string Old, string New)
{
    /// <summary>Where branches are.</summary>
    public const string Branches = "refs/heads/";

    /// <summary>Where tags are.</summary>
    public const string Tags = "refs/tags/";

    /// <summary>Whether old commits are lost: what was there is not behind what comes.</summary>
    public bool IsForced { get; init; }

    /// <summary>How many commits come with it.</summary>
    public int Commits { get; init; }

    /// <summary>Whether it makes the ref.</summary>
    public bool IsNew => IsZero(Old);

    /// <summary>Whether it deletes the ref.</summary>
    public bool IsDeleted => IsZero(New);

    /// <summary>The branch's name; null for anything else.</summary>
    public string? Branch => Ref.StartsWith(Branches, StringComparison.Ordinal) ? Ref[Branches.Length..] : null;

    /// <summary>The tag's name; null for anything else.</summary>
    public string? Tag => Ref.StartsWith(Tags, StringComparison.Ordinal) ? Ref[Tags.Length..] : null;

    /// <summary>Whether a hash is git's word for nothing.</summary>
    public static bool IsZero(string hash) => hash.Length > 0 && hash.AsSpan().IndexOfAnyExcept('0') < 0;

    /// <summary>Whether a text is a full hash of git: 40 or 64 lower-case hex digits.</summary>
    public static bool IsHash(string text) => text.Length is 40 or 64 && text.All(letter => char.IsAsciiHexDigitLower(letter));

    /// <summary>Whether a text may name a ref (git-check-ref-format(1)), and nothing that a terminal, a shell or a log would take for more.</summary>
    public static bool IsName(string text)
    {
        if (text.Length is 0 or > 255 || text[0] is '-' or '/' || text[^1] is '/' or '.' || text == "@") return false;
        if (text.Contains("..", StringComparison.Ordinal) || text.Contains("//", StringComparison.Ordinal) || text.Contains("@{", StringComparison.Ordinal)) return false;
        foreach (var letter in text)
            if (char.IsControl(letter) || char.IsWhiteSpace(letter) || letter is '~' or '^' or ':' or '?' or '*' or '[' or '\\' or '\u007f') return false;
        return text.Split('/').All(part => !part.StartsWith('.') && !part.EndsWith(".lock", StringComparison.Ordinal));
    }
}
