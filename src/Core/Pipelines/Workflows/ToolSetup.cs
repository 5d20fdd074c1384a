namespace Fairway.Pipelines.Workflows;

/// <summary>
/// An action that installs a tool on GitHub's machines. Here the tool is on the machine or it is not: the step says which version there is
/// and fails with a sentence when it is missing or another than asked for.
/// </summary>
/// <param name="Action">The action.</param>
/// <param name="Tool">The tool's name.</param>
/// <param name="VersionInput">The input that says the version.</param>
/// <param name="Versions">A command that prints the versions that are here, one a line.</param>
internal sealed record ToolSetup(string Action, string Tool, string VersionInput, string Versions)
{
    private static readonly ImmutableArray<ToolSetup> All =
    [
        new("actions/setup-node", "node", "node-version", "node --version"),
        new("actions/setup-dotnet", "dotnet", "dotnet-version", "dotnet --list-sdks | cut -d' ' -f1"),
        new("actions/setup-python", "python3", "python-version", "python3 -c 'import platform; print(platform.python_version())'"),
        new("actions/setup-go", "go", "go-version", "go version | cut -d' ' -f3"),
        new("actions/setup-java", "java", "java-version", "java -version 2>&1 | sed -n 's/.*version \"\\([^\"]*\\)\".*/\\1/p'"),
    ];

    /// <summary>The tool that an action installs; null when it is no such action.</summary>
    public static ToolSetup? Find(string action) => All.FirstOrDefault(tool => tool.Action.Equals(action, StringComparison.OrdinalIgnoreCase));

    /// <summary>The check, for <c>sh -e</c>. The version that is wanted comes in <c>FAIRWAY_WANTED</c>, never in the script's text.</summary>
    public string Script => $$"""
        command -v {{Tool}} >/dev/null || { echo "::error::{{Tool}} is not on this machine; install it, or run the job in a container that has it"; exit 1; }
        here=$({{Versions}})
        here=$(printf '%s\n' "$here" | sed 's/^go//; s/^v//')
        echo "{{Tool}} here:" $here
        printf '{{VersionInput}}=%s\n' "$(printf '%s\n' "$here" | tail -n 1)" >> "${GITHUB_OUTPUT:-/dev/null}"
        printf '%s\n' "$FAIRWAY_WANTED" | while IFS= read -r wanted; do
          wanted=$(printf '%s' "$wanted" | sed "s/[[:space:]\"']//g; s/^v//; s/^[~^]//; s/\.[xX*].*$//; s/^[xX*]$//")
          case "$wanted" in
            '' | lts* | latest | current | stable | oldstable | node | *[!0-9A-Za-z.+-]*) continue ;;
          esac
          found=no
          for version in $here; do
            case "$version" in "$wanted" | "$wanted".* | "$wanted"-* | "$wanted"+* | "$wanted"_*) found=yes ;; esac
          done
          if [ "$found" = no ]; then
            echo "::error::{{Tool}} $wanted is asked for; here is" $here
            exit 1
          fi
        done
        """;
}
