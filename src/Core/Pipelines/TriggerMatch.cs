using System.Text;
using System.Text.RegularExpressions;
using Fairway.Kernel;

namespace Fairway.Pipelines;

/// <summary>Whether something that happened starts a pipeline. Pure.</summary>
public static class TriggerMatch
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Whether it does, and why.</summary>
    public static (bool Starts, Why Why) Of(PipelineTriggers on, PipelineTrigger trigger)
    {
        if (trigger.Kind is TriggerKind.Local or TriggerKind.Manual) return (true, Why.Because("asked-for", "{actor} asked for it", ("actor", trigger.Actor)));
        if ((trigger.Kind == TriggerKind.PullRequest ? on.PullRequest : on.Push) is not { } filter)
            return (false, Why.Because("not-triggered", "it does not run on {kind}", ("kind", trigger.Kind == TriggerKind.PullRequest ? "pull requests" : "pushes")));
        var isTag = trigger.Kind == TriggerKind.Tag;
        var (only, ignored) = isTag ? (filter.Tags, filter.TagsIgnore) : (filter.Branches, filter.BranchesIgnore);
        var (other, otherIgnored) = isTag ? (filter.Branches, filter.BranchesIgnore) : (filter.Tags, filter.TagsIgnore);
        var what = isTag ? "tag" : "branch";
        // Who names only branches does not mean tags, and the other way round.
        if (only.IsEmpty && ignored.IsEmpty && (!other.IsEmpty || !otherIgnored.IsEmpty) && trigger.Kind != TriggerKind.PullRequest)
            return (false, Why.Because("not-triggered", "it runs on {others} only", ("others", isTag ? "branches" : "tags")));
        if (!only.IsEmpty && !Selects(only, trigger.RefName)) return (false, Why.Because("not-triggered", "{what} {name} is not one of those it runs on", ("what", what), ("name", trigger.RefName)));
        if (!ignored.IsEmpty && Selects(ignored, trigger.RefName)) return (false, Why.Because("not-triggered", "{what} {name} is one it ignores", ("what", what), ("name", trigger.RefName)));
        if (!isTag && trigger.Changed is { } changed && (!filter.Paths.IsEmpty || !filter.PathsIgnore.IsEmpty))
        {
            if (!filter.Paths.IsEmpty && !changed.Any(path => Selects(filter.Paths, path)))
                return (false, Why.Because("not-triggered", "none of the {count|file} that changed is one it looks at", ("count", changed.Length)));
            if (!filter.PathsIgnore.IsEmpty && changed.All(path => Selects(filter.PathsIgnore, path)))
                return (false, Why.Because("not-triggered", "it ignores all of the {count|file} that changed", ("count", changed.Length)));
        }
        return (true, Why.Because("triggered", "{what} {name} is one it runs on", ("what", what), ("name", trigger.RefName)));
    }

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? Problem(string pattern)
    {
        try
        {
            ToRegex(pattern.StartsWith('!') ? pattern[1..] : pattern);
            return pattern.Length is 0 or > 500 ? "is empty or longer than 500 characters" : null;
        }
        catch (ArgumentException)
        {
            return "is no pattern";
        }
    }

    private static bool Selects(ImmutableArray<string> patterns, string text)
    {
        var selected = false;
        foreach (var pattern in patterns)
        {
            var isOut = pattern.StartsWith('!');
            if (selected == isOut && ToRegex(isOut ? pattern[1..] : pattern).IsMatch(text)) selected = !isOut;
        }
        return selected;
    }

    // Without backtracking: names of branches come from outside.
    private static Regex ToRegex(string pattern)
    {
        var text = new StringBuilder("^(?:");
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*' when i + 1 < pattern.Length && pattern[i + 1] == '*':
                    // "a/**/b" is also "a/b", and "**/b" is also "b".
                    var folders = i + 2 < pattern.Length && pattern[i + 2] == '/' && (i == 0 || pattern[i - 1] == '/');
                    text.Append(folders ? "(?:.*/)?" : ".*");
                    i += folders ? 2 : 1;
                    break;
                case '*':
                    text.Append("[^/]*");
                    break;
                case '?' or '+':
                    text.Append(pattern[i]);
                    break;
                case '[' when pattern.IndexOf(']', i) is > 0 and var end:
                    text.Append(pattern.AsSpan(i, end - i + 1));
                    i = end;
                    break;
                case '\\' when i + 1 < pattern.Length:
                    text.Append(Regex.Escape(pattern[++i].ToString()));
                    break;
                default:
                    text.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }
        return new(text.Append(")$").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Longest);
    }
}
