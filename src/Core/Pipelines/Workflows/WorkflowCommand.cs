namespace Fairway.Pipelines.Workflows;

/// <summary>
/// A line by which a script talks to the runner (GitHub's documentation, "Workflow commands"): <c>::name key=value,key=value::message</c>,
/// blanks before it allowed.
/// </summary>
/// <param name="Name">In lower case: <c>add-mask</c>, <c>group</c>, <c>endgroup</c>, <c>error</c>, <c>warning</c>, <c>notice</c>,
/// <c>debug</c>, <c>set-output</c>, …</param>
/// <param name="Properties">Such as <c>file</c>, <c>line</c>, <c>endLine</c>, <c>col</c>, <c>endColumn</c>, <c>title</c>, <c>name</c>;
/// without escapes, names whatever their case.</param>
/// <param name="Message">What stands after the second <c>::</c>, without escapes.</param>
public sealed record WorkflowCommand(string Name, ImmutableDictionary<string, string> Properties, string Message)
{
    /// <summary>Commands that set something by the log: anybody whose text gets into a log could, so GitHub has turned them off or
    /// will.</summary>
    public bool IsRetired => Name is "set-env" or "add-path" or "set-output" or "save-state";

    /// <summary>A line of <c>error</c>, <c>warning</c> or <c>notice</c> as a person reads it: <c>error: src/a.cs:12:5: title:
    /// message</c>; null for other commands.</summary>
    public string? Annotation
    {
        get
        {
            if (Name is not ("error" or "warning" or "notice")) return null;
            var place = Property("file") is { Length: > 0 } file
                ? file + (Property("line") is { Length: > 0 } line ? ":" + line + (Property("col") is { Length: > 0 } column ? ":" + column
                    : "") : "") + ": " : "";
            return $"{Name}: {place}{(Property("title") is { Length: > 0 } title ? title + ": " : "")}{Message}";
        }
    }

    /// <summary>A property; null when it is not given.</summary>
    public string? Property(string name) => Properties.GetValueOrDefault(name);

    /// <summary>Reads a line without its end; null when it is no command.</summary>
    public static WorkflowCommand? Parse(string line)
    {
        var text = line.AsSpan().TrimStart();
        if (!text.StartsWith("::", StringComparison.Ordinal)) return null;
        var end = text[2..].IndexOf("::", StringComparison.Ordinal);
        if (end <= 0) return null;
        var head = text.Slice(2, end).ToString();
        var blank = head.IndexOf(' ', StringComparison.Ordinal);
        var name = blank < 0 ? head : head[..blank];
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')) return null;
        var properties = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        if (blank >= 0)
            foreach (var pair in head[(blank + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                if (pair.IndexOf('=',
                    StringComparison.Ordinal) is > 0 and var equals) properties[pair[..equals].Trim()] = Unescaped(pair[(equals + 1)..],
                        property: true);
        return new(name.ToLowerInvariant(), properties.ToImmutable(), Unescaped(text[(end + 4)..].ToString(), property: false));
    }

    /// <summary>A message as a script may write it.</summary>
    public static string Escaped(string message)
        => message.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A",
            StringComparison.Ordinal);

    private static string Unescaped(string text, bool property)
    {
        if (!text.Contains('%', StringComparison.Ordinal)) return text;
        text = text.Replace("%0D", "\r", StringComparison.OrdinalIgnoreCase).Replace("%0A", "\n", StringComparison.OrdinalIgnoreCase);
        if (property) text = text.Replace("%3A", ":", StringComparison.OrdinalIgnoreCase).Replace("%2C", ",",
            StringComparison.OrdinalIgnoreCase);
        return text.Replace("%25", "%", StringComparison.Ordinal);
    }
}
