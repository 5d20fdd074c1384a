namespace Fairway.Metrics.Rules.Templates;

/// <summary>A piece of a template (Go, text/template).</summary>
internal abstract record TemplateNode;

/// <summary>Text as it is.</summary>
internal sealed record TextNode(string Text) : TemplateNode;

/// <summary>A pipeline whose value is printed, unless it sets a variable.</summary>
internal sealed record ActionNode(Pipeline Pipeline) : TemplateNode;

/// <summary><c>if</c> or <c>with</c>.</summary>
/// <param name="Condition">What is asked.</param>
/// <param name="Then">When it is not empty.</param>
/// <param name="Otherwise">When it is.</param>
/// <param name="IsWith">Whether the dot becomes the value.</param>
internal sealed record ConditionNode(Pipeline Condition, ImmutableArray<TemplateNode> Then, ImmutableArray<TemplateNode> Otherwise, bool IsWith) : TemplateNode;

/// <summary><c>range</c>.</summary>
internal sealed record RangeNode(Pipeline Over, ImmutableArray<TemplateNode> Body, ImmutableArray<TemplateNode> Otherwise) : TemplateNode;

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed record LeaveNode(bool Breaks) : TemplateNode;

/// <summary><c>template</c>: another one, by name.</summary>
internal sealed record CallNode(string Name, Pipeline? Argument) : TemplateNode;

/// <summary>Commands, each of which gets the value of the one before as its last argument.</summary>
/// <param name="Variables">What is set to the value; two for <c>range</c>.</param>
/// <param name="Declares"><c>:=</c> rather than <c>=</c>.</param>
/// <param name="Commands">At least one.</param>
internal sealed record Pipeline(ImmutableArray<string> Variables, bool Declares, ImmutableArray<Command> Commands);

/// <summary>A function or operand, and its arguments.</summary>
internal sealed record Command(ImmutableArray<Operand> Words);

/// <summary>A word of a command.</summary>
internal abstract record Operand;

/// <summary>A number, text, truth value or nil.</summary>
internal sealed record Constant(object? Value) : Operand;

/// <summary>A function's name.</summary>
internal sealed record FunctionName(string Name) : Operand;

/// <summary>A variable with its dollar sign; <c>$</c> alone is what the template was given.</summary>
internal sealed record Variable(string Name) : Operand;

/// <summary>The dot.</summary>
internal sealed record Dot : Operand;

/// <summary>A pipeline in parentheses.</summary>
internal sealed record Nested(Pipeline Pipeline) : Operand;

/// <summary>Fields of something: <c>.Labels.job</c>.</summary>
internal sealed record Fields(Operand Of, ImmutableArray<string> Names) : Operand;

/// <summary>What is wrong with a template, or went wrong in it.</summary>
internal sealed class TemplateException(string message, Exception? inner = null) : Exception(message, inner);
