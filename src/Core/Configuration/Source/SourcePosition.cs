namespace Fairway.Configuration;

/// <summary>A configuration file's text, for positions and excerpts.</summary>
/// <param name="name">As the user should see it, usually relative to where the command was run.</param>
/// <param name="folder">Its folder relative to the main file's folder, with <c>/</c> and without a trailing one; empty for the same
/// folder.</param>
/// <param name="text">The whole text.</param>
public sealed class SourceFile(string name, string folder, string text)
{
    private string[]? _lines;

    /// <summary>As the user should see it.</summary>
    public string Name { get; } = name;

    /// <summary>Its folder relative to the main file's folder; empty for the same folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>The whole text.</summary>
    public string Text { get; } = text;

    /// <summary>Number of lines; an empty file has one.</summary>
    public int LineCount => Lines.Length;

    private string[] Lines => _lines ??= Text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');

    /// <summary>A line without its end; empty when there is no such line.</summary>
    /// <param name="number">From 1.</param>
    public string Line(int number) => number >= 1 && number <= Lines.Length ? Lines[number - 1] : "";

    /// <summary>Start of the file, for what concerns all of it.</summary>
    public SourcePosition Start => new(this, 1, 1, 0);

    /// <summary>
    /// A path written in this file, as seen from the main file's folder. An absolute path stays as it is; so does one in the main file
    /// itself.
    /// </summary>
    public string Resolve(string path)
        => Folder.Length == 0 || path.StartsWith('/') ? path : path == "." ? Folder
            : $"{Folder}/{(path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path)}";
}

/// <summary>Where something stands in a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units as editors count.</param>
/// <param name="Length">Units on that line that it covers; 0 is a point.</param>
public readonly record struct SourcePosition(SourceFile File, int Line, int Column, int Length) : IComparable<SourcePosition>
{
    /// <summary>By file name, line, column.</summary>
    public int CompareTo(SourcePosition other)
    {
        var byFile = string.CompareOrdinal(File.Name, other.File.Name);
        if (byFile != 0) return byFile;
        var byLine = Line.CompareTo(other.Line);
        return byLine != 0 ? byLine : Column.CompareTo(other.Column);
    }

    public static bool operator <(SourcePosition left, SourcePosition right) => left.CompareTo(right) < 0;

    public static bool operator >(SourcePosition left, SourcePosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(SourcePosition left, SourcePosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SourcePosition left, SourcePosition right) => left.CompareTo(right) >= 0;

    /// <summary><c>file:line:column</c></summary>
    public override string ToString() => $"{File.Name}:{Line}:{Column}";
}
