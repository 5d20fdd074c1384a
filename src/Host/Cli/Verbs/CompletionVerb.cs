using System.CommandLine;
using Fairway.Client;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway completion SHELL</c>: a script that asks the program itself, so it never goes stale.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        # fairway completion for bash: source <(fairway completion bash)
        _fairway() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(fairway "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _fairway fairway
        """;

    private const string Zsh = """
        #compdef fairway
        # fairway completion for zsh: source <(fairway completion zsh)
        _fairway() {
          local -a words_found
          words_found=("${(@f)$(fairway "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          (( ${#words_found} )) && compadd -a words_found || _files
        }
        compdef _fairway fairway
        """;

    private const string Fish = """
        # fairway completion for fish: fairway completion fish | source
        complete -c fairway -f -a '(fairway "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Create(CliContext context)
    {
        var command = new Command("completion", "Print a script that completes commands, options and services in your shell.");
        foreach (var (shell, script) in new[] { ("bash", Bash), ("zsh", Zsh), ("fish", Fish) })
        {
            var one = new Command(shell, $"For {shell}.");
            one.SetAction(_ =>
            {
                context.Out.WriteLine(script.ReplaceLineEndings("\n"));
                return ExitCodes.Done;
            });
            command.Add(one);
        }

        return command;
    }
}
