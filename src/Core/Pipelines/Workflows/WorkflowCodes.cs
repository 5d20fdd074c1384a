using Fairway.Configuration;

namespace Fairway.Pipelines.Workflows;

/// <summary>Mistakes that only a workflow can have. What is wrong with its form has the codes of every configuration.</summary>
public static class WorkflowCodes
{
    /// <summary>A mistake in <c>${{ }}</c> or an <c>if</c>.</summary>
    public static readonly DiagnosticCode Expression = new("FW2401", "A mistake in an expression",
        "The position is inside the expression. Text stands in single quotes; the message lists the contexts that are known there.");

    /// <summary>Something of GitHub's that Fairway does not do.</summary>
    public static readonly DiagnosticCode NotSupported = new("FW2402", "Not supported",
        "The message says what does the same here. The workflow is not run before it is mended, so nothing is left out silently.");

    /// <summary>Something that has no effect here.</summary>
    public static readonly DiagnosticCode NoEffect = new("FW2403", "Without effect here",
        "The workflow runs; what the message names does nothing here.");

    /// <summary>A job in <c>needs</c> that does not exist.</summary>
    public static readonly DiagnosticCode UnknownJob = new("FW2404", "An unknown job", "Name jobs of this file by their ids.");

    /// <summary>Jobs that need each other.</summary>
    public static readonly DiagnosticCode Cycle = new("FW2405", "Jobs that need each other", "Remove one of the `needs` in the chain.");

    /// <summary>Two steps with one id.</summary>
    public static readonly DiagnosticCode SameId = new("FW2406", "The same id twice",
        "Give one of the two another id; case does not count.");

    /// <summary>Text from outside in a script.</summary>
    public static readonly DiagnosticCode Injection = new("FW2407", "Text from outside becomes part of a script",
        "Whoever names a branch or writes a message would write the script too. Put the expression under the step's `env` and use the "
            + "variable, in double quotes, in `run`.");

    /// <summary>A condition that always holds.</summary>
    public static readonly DiagnosticCode AlwaysTrue = new("FW2408", "A condition that always holds",
        "Text around `${{ }}` makes the whole a text, and a text that is not empty holds. Put all of it inside, or leave `${{ }}` out.");

    /// <summary>A step or a job that is referred to and does not exist.</summary>
    public static readonly DiagnosticCode UnknownReference = new("FW2409", "A reference to nothing",
        "It is always empty. Name a step that stands before, a job in `needs`, a value of the matrix, or an input that is declared.");

    /// <summary>All of them, by id.</summary>
    public static ImmutableArray<DiagnosticCode> All { get; } =
        [Expression, NotSupported, NoEffect, UnknownJob, Cycle, SameId, Injection, AlwaysTrue, UnknownReference];
}
