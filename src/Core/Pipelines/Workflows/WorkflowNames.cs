using Fairway.Configuration;

namespace Fairway.Pipelines.Workflows;

/// <summary>Names of jobs, steps and inputs.</summary>
internal static class WorkflowNames
{
    /// <summary>The rule in words.</summary>
    public const string Rule = "a letter or _, then letters, digits, _ and -, at most 60";

    /// <summary>Whether it can name a job, a step or an input. GitHub allows 100 letters; pipelines have 60.</summary>
    public static bool IsId(string id)
        => id.Length is > 0 and <= 60 && (char.IsAsciiLetter(id[0]) || id[0] == '_')
            && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');

    /// <summary>A pipeline's name out of its file's: <c>.github/workflows/Build_All.yml</c> is <c>build-all</c>.</summary>
    public static string OfFile(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var dot = name.LastIndexOf('.');
        var stem = new string([.. (dot > 0 ? name[..dot] : name).ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter)
            ? letter : '-')]).Trim('-');
        return ServiceNames.IsValid(stem) ? stem : stem.Length > 40 ? stem[..40].Trim('-') : "workflow";
    }
}
