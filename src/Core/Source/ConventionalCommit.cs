namespace Fairway.Source;

/// <summary>A footer of a commit message: <c>Reviewed-by: Anna</c>, <c>Fixes #12</c>.</summary>
/// <param name="Token">As written, such as <c>Reviewed-by</c> or <c>BREAKING CHANGE</c>.</param>
/// <param name="Value">What follows, over as many lines and paragraphs as it has. After the separator <c> #</c> it begins with <c>#</c>.</param>
public sealed record CommitFooter(string Token, string Value)
{
    /// <summary>Whether it announces a breaking change: <c>BREAKING CHANGE</c> or <c>BREAKING-CHANGE</c>, in capitals.</summary>
    public bool IsBreaking => Token is "BREAKING CHANGE" or "BREAKING-CHANGE";

    /// <summary>Whether the token is this one; case does not matter.</summary>
    public bool Is(string token) => Token.Equals(token, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A commit message as Conventional Commits 1.0.0 (conventionalcommits.org) reads it.</summary>
public sealed record ConventionalCommit
{
    /// <summary>The type as it was written; compare by <see cref="IsOf"/>, for case does not matter.</summary>
    public required string Type { get; init; }

    /// <summary>The scope as it was written; null without one.</summary>
    public string? Scope { get; init; }

    /// <summary>Whether <c>!</c> stands before the colon.</summary>
    public bool IsMarked { get; init; }

    /// <summary>What follows the colon and its space.</summary>
    public required string Description { get; init; }

    /// <summary>Paragraphs between description and footers, without the empty lines around them; null without any.</summary>
    public string? Body { get; init; }

    /// <summary>Footers in their order.</summary>
    public ImmutableArray<CommitFooter> Footers { get; init; } = [];

    /// <summary>Whether it breaks something: marked with <c>!</c>, or by a footer.</summary>
    public bool IsBreaking => IsMarked || Footers.Any(footer => footer.IsBreaking);

    /// <summary>What breaks: the footers' texts, or the description when only <c>!</c> says so. Empty when nothing does.</summary>
    public ImmutableArray<string> BreakingChanges
        => Footers.Any(footer => footer.IsBreaking) ? [.. Footers.Where(footer => footer.IsBreaking).Select(footer => footer.Value)]
            : IsMarked ? [Description] : [];

    /// <summary>
    /// Commits that it takes back, by their hashes: of a <c>revert</c>'s footers <c>Refs</c>, and of git's own sentence "This reverts commit HASH".
    /// </summary>
    public ImmutableArray<string> Reverts => IsOf("revert") ? RevertedCommits.Of(this) : [];

    /// <summary>Whether it is of that type; case does not matter.</summary>
    public bool IsOf(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);

    /// <summary>The message again: what is read from it is this value.</summary>
    public string Write()
    {
        var text = new System.Text.StringBuilder(Type);
        if (Scope is not null) text.Append('(').Append(Scope).Append(')');
        if (IsMarked) text.Append('!');
        text.Append(": ").Append(Description);
        if (Body is not null) text.Append("\n\n").Append(Body);
        for (var i = 0; i < Footers.Length; i++)
        {
            var footer = Footers[i];
            text.Append(i == 0 ? "\n\n" : "\n").Append(footer.Token).Append(footer.Value.StartsWith('#') && !footer.IsBreaking ? " " : ": ").Append(footer.Value);
        }
        return text.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(ConventionalCommit? other)
        => other is not null && (Type, Scope, IsMarked, Description, Body) == (other.Type, other.Scope, other.IsMarked, other.Description, other.Body)
            && Footers.AsSpan().SequenceEqual(other.Footers.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Scope, IsMarked, Description, Body, Footers.Length);
}
