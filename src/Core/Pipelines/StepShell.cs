namespace Fairway.Pipelines;

/// <summary>Shells by the names that pipelines use.</summary>
public static class StepShell
{
    /// <summary>
    /// The argument vector of a shell, with <c>{0}</c> for the script's file: a name that is known (those of GitHub Actions' documentation, each with the
    /// options it has there), else a command line; null is <c>sh -e</c>.
    /// </summary>
    public static ImmutableArray<string> Of(string? shell) => shell switch
    {
        null or "sh" => ["sh", "-e", "{0}"],
        "bash" => ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"],
        "python" => ["python3", "{0}"],
        "pwsh" => ["pwsh", "-NoProfile", "-NonInteractive", "-File", "{0}"],
        _ => [.. shell.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
    };

    /// <summary>What is wrong with a shell; null when nothing is.</summary>
    public static string? Problem(string shell)
        => shell is "sh" or "bash" or "python" or "pwsh" || shell.Contains("{0}", StringComparison.Ordinal) ? null
            : "is neither sh, bash, python nor pwsh, nor a command line with {0} for the script's file";
}
