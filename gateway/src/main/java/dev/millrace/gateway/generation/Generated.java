package dev.millrace.gateway.generation;

import dev.millrace.contracts.v1.GenerateEvent;

/**
 * @param prompt which of the job's prompts, from 0
 */
public record Generated(int prompt, GenerateEvent event) {}
